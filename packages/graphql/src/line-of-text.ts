import { z } from 'zod'

/** Turns around what follows it, too, on the page. Texts written from right to left need none of it. */
const bidiControl = /[\u202A-\u202E\u2066-\u2069]/u
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]/v
const unwanted = /[[\p{Cc}--\s]\u202A-\u202E\u2066-\u2069]/gv

const compose = (text: string) => text.normalize('NFC').replace(/\s+/gu, ' ').trim()

/**
 * A line of text for people to read, like a name. What looks alike is stored alike: composed (NFC),
 * trimmed, with one blank for white space.
 *
 * @param longest in UTF-16 units
 */
export const lineOfText = (longest: number) =>
  z
    .string()
    .overwrite(compose)
    .max(longest)
    .refine((text) => text.isWellFormed(), 'must not have lone surrogates')
    .refine((text) => !/\p{Cc}/u.test(text), 'must not have control characters')
    .refine((text) => !bidiControl.test(text), 'must not change the direction of text')
    .refine((text) => text === '' || visible.test(text), 'must have a character that can be seen')

/**
 * Makes a line that `lineOfText` accepts of any text, for names that must not keep anybody out.
 *
 * @param longest in UTF-16 units; the rest is cut off
 * @returns '' when nothing is left that can be seen
 */
export function toLineOfText(text: string, longest: number): string {
  const line = compose(text.toWellFormed().replace(unwanted, ''))
  // No half of a character at the end.
  const start = line
    .slice(0, longest)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
  return visible.test(start) ? start : ''
}
