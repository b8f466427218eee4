import { badUserInput } from '@classgram/errors'
import { z } from 'zod'
import { scopes } from './scopes.ts'

/** What an id looks like; anything else is nobody's. */
export const clientIdPattern = /^[a-z][a-z0-9._-]{2,63}$/

/** Rules of a client's fields that GraphQL's types cannot express. */
export const fields = {
  clientId: z
    .string()
    .regex(clientIdPattern, 'must be 3 to 64 of a-z, 0-9, ".", "-" and "_", a letter first'),
  name: z.string().trim().min(1, 'must not be empty').max(100),
  scopes: z
    .array(z.enum(scopes, { error: 'is no scope of this school' }))
    .min(1, 'must name at least one')
    .transform((given) => [...new Set(given)].sort()),
}

/** @throws BAD_USER_INPUT for an end that would have been before it was set */
export function assertFuture(expiresAt: Date | null | undefined, now: Date): void {
  if (expiresAt && expiresAt <= now) {
    throw badUserInput('input.expiresAt', 'input.expiresAt: must be in the future')
  }
}
