import { badUserInput } from '@classgram/errors'
import type { z } from 'zod'

/**
 * Checks an input object against the rules that GraphQL's types cannot express.
 *
 * @param argument name of the argument that holds it
 * @returns the value as the schema gives it: trimmed, defaulted
 * @throws BAD_USER_INPUT naming the first field that breaks a rule, as `input.<path>`
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  argument = 'input',
): z.output<Schema> {
  refuseUnstorable(input, [argument])
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = [argument, ...(issue?.path ?? [])].join('.')
  throw badUserInput(field, `${field}: ${issue?.message ?? 'not acceptable'}`)
}

/** Postgres stores no U+0000, and UTF-8 has no place for half a surrogate pair. */
function refuseUnstorable(value: unknown, path: string[]): void {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    const field = path.join('.')
    throw badUserInput(field, `${field}: must be text without U+0000 and lone surrogates`)
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) refuseUnstorable(part, [...path, name])
}
