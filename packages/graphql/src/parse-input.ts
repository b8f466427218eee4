import { badUserInput } from '@classgram/errors'
import type { z } from 'zod'

/**
 * Checks an input object against the rules that GraphQL's types cannot express.
 *
 * @returns the value as the schema gives it: trimmed, defaulted
 * @throws BAD_USER_INPUT naming the first field that breaks a rule, as `input.<path>`
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = ['input', ...(issue?.path ?? [])].join('.')
  throw badUserInput(field, `${field}: ${issue?.message ?? 'not acceptable'}`)
}
