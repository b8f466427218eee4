import { lineOfText } from '@classgram/graphql'
import { z } from 'zod'
import { email, phone } from './contacts.ts'

/** In UTF-16 units. */
export const longestName = 100

const name = lineOfText(longestName)

/** An optional text: an empty one counts as none. */
const emptyIsNull = <Schema extends z.ZodType<string>>(schema: Schema) =>
  z.preprocess(
    (text) => (typeof text === 'string' && text.trim() === '' ? null : text),
    schema.nullish(),
  )

/** Rules of a person's fields that GraphQL's types cannot express. */
export const fields = {
  firstName: name.min(1, 'must not be empty'),
  lastName: emptyIsNull(name),
  username: emptyIsNull(
    z
      .string()
      .trim()
      .regex(/^\w{3,32}$/, 'must be a Telegram username without the @'),
  ),
  phone: emptyIsNull(phone),
  email: emptyIsNull(email),
}
