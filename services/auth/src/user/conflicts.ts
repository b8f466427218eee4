import { conflict } from '@classgram/errors'

/** What the database refuses, as clients are told. */
export const refusals = {
  users_telegram_id_key: () => conflict('USER_EXISTS', 'This person is known already.'),
  users_phone_hash_key: () => conflict('PHONE_TAKEN', 'Somebody else has this phone number.'),
  users_email_hash_key: () => conflict('EMAIL_TAKEN', 'Somebody else has this e-mail address.'),
}
