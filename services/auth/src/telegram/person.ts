import { toLineOfText } from '@classgram/graphql'
import { z } from 'zod'
import { longestName } from '../user/rules.ts'
import { refused } from './signed-fields.ts'

const longestAddress = 2_000

/** As the school writes names. One that is odd must not keep anybody out. */
const name = z.string().transform((text) => toLineOfText(text, longestName) || undefined)

const languageTag = z.string().transform((tag) => {
  try {
    const [canonical] = Intl.getCanonicalLocales(tag)
    return canonical && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(canonical) ? canonical : undefined
  } catch {
    return undefined
  }
})

/** A person as Telegram describes them: https://core.telegram.org/bots/webapps#webappuser. */
const person = z.object({
  id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).transform(BigInt),
  first_name: name.optional(),
  last_name: name.optional(),
  username: z
    .string()
    .regex(/^\w{3,32}$/)
    .optional()
    .catch(undefined),
  language_code: languageTag.optional(),
  photo_url: z.httpUrl().max(longestAddress).optional().catch(undefined),
})

export interface TelegramPerson {
  telegramId: bigint
  firstName: string
  lastName: string | null
  username: string | null
  /** null where Telegram does not tell. */
  languageCode: string | null
  photoUrl: string | null
}

/**
 * @param told what Telegram says about a person, verified
 * @throws UNAUTHENTICATED when it names nobody
 */
export function readPerson(told: unknown): TelegramPerson {
  const { success, data } = person.safeParse(told)
  if (!success) throw refused()
  return {
    telegramId: data.id,
    firstName: data.first_name ?? data.username ?? String(data.id),
    lastName: data.last_name ?? null,
    username: data.username ?? null,
    languageCode: data.language_code ?? null,
    photoUrl: data.photo_url ?? null,
  }
}
