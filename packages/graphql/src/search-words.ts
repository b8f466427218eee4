import { z } from 'zod'
import { parseInput } from './parse-input.ts'

const longest = 100
/** Words in a search, at most. */
export const mostWords = 8

/** Letters and digits, with what stands over letters and within words. */
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}’'ʼ]*/gu

const rules = z.object({
  search: z
    .string()
    .trim()
    .max(longest, `must have at most ${longest} characters`)
    .transform((text) => (text === '' ? null : [...(text.match(word) ?? [])]))
    .refine((words) => (words?.length ?? 0) <= mostWords, `must have at most ${mostWords} words`)
    .nullish()
    .transform((words) => words ?? null),
})

/**
 * The words of a search.
 *
 * @param argument name of the argument that holds the text as `search`
 * @returns null when nothing is searched; no words when what is searched has no letters
 * @throws BAD_USER_INPUT for more than 100 characters or 8 words
 */
export function parseSearch(
  given: { search?: string | null } | null | undefined,
  argument = 'filter',
): string[] | null {
  return parseInput(rules, { search: given?.search }, argument).search
}
