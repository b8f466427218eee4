import { z } from 'zod'

/** Text of 1 to `most` characters, trimmed. */
export const text = (most: number) => z.string().trim().min(1, 'must not be empty').max(most)

/** Text that may be left out; empty text is none. */
export const optionalText = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .nullish()
    .transform((value) => (value === '' ? null : value))

/** Beyond these years an instant is a slip, and long before them Postgres refuses it. */
export const instant = z
  .date()
  .min(new Date('2000-01-01T00:00:00Z'), 'must not be before the year 2000')
  .max(new Date('2100-01-01T00:00:00Z'), 'must not be after the year 2099')
