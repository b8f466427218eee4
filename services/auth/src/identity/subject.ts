import { z } from 'zod'

/** What a provider calls a person: at most 255 ASCII characters (OpenID Connect Core 1.0, section 2). */
export const subject = z
  .string()
  .max(255)
  .regex(
    /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
    'must be 1 to 255 ASCII characters without spaces around them',
  )
