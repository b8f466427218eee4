import { violatedConstraint } from '@classgram/database'
import { conflict } from '@classgram/errors'

/** What the database refuses, as clients are told. */
const refusals: Record<string, [reason: string, message: string]> = {
  users_telegram_id_key: ['USER_EXISTS', 'This person is known already.'],
  users_phone_hash_key: ['PHONE_TAKEN', 'Somebody else has this phone number.'],
  users_email_hash_key: ['EMAIL_TAKEN', 'Somebody else has this e-mail address.'],
}

/** Rethrows a violated constraint as `CONFLICT`, anything else as it is. */
export function rethrowAsConflict(error: unknown): never {
  const refusal = refusals[violatedConstraint(error) ?? '']
  throw refusal ? conflict(...refusal) : error
}
