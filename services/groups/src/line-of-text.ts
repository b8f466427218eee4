import { z } from 'zod'

/** Turns around what follows it, too, on the page. Texts written from right to left need none of it. */
const bidiControl = /[\u202A-\u202E\u2066-\u2069]/u
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]/v

/**
 * A line of text for people to read, like a name. What looks alike is stored alike: composed (NFC),
 * trimmed, with one blank for white space.
 *
 * @param longest in UTF-16 units
 */
export const lineOfText = (longest: number) =>
  z
    .string()
    .overwrite((text) => text.normalize('NFC').replace(/\s+/gu, ' ').trim())
    .max(longest)
    .refine((text) => !/\p{Cc}/u.test(text), 'must not have control characters')
    .refine((text) => !bidiControl.test(text), 'must not change the direction of text')
    .refine((text) => text === '' || visible.test(text), 'must have a character that can be seen')
