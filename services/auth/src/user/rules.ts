import { z } from 'zod'
import { email, phone } from './contacts.ts'

const name = z.string().trim().max(100)

/** Rules of a person's fields that GraphQL's types cannot express. */
export const fields = {
  firstName: name.min(1, 'must not be empty'),
  lastName: name.nullish(),
  username: z
    .string()
    .trim()
    .regex(/^\w{3,32}$/, 'must be a Telegram username without the @')
    .nullish(),
  phone: phone.nullish(),
  email: email.nullish(),
}
