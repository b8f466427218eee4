import { earlierThan } from '@classgram/database'
import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import { type Consent, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

export function createConsentLoaders(db: PrismaClient) {
  return {
    /** One page of consents for each of many people, the latest first, in one statement. */
    consentPage: createLoaderFamily((page: Page) =>
      createListLoader<bigint, Consent>(
        (people) => db.$queryRaw<Consent[]>`
          SELECT c.* FROM unnest(${people}::bigint[]) AS person (telegram_id)
          CROSS JOIN LATERAL (
            SELECT id, user_telegram_id AS "userTelegramId", document, version,
              accepted_at AS "acceptedAt", withdrawn_at AS "withdrawnAt",
              created_at AS "createdAt", updated_at AS "updatedAt"
            FROM consents
            WHERE user_telegram_id = person.telegram_id
              AND ${earlierThan(Prisma, Prisma.sql`accepted_at, id`, page.after)}
            ORDER BY accepted_at DESC, id DESC LIMIT ${page.limit + 1}
          ) AS c ORDER BY c."acceptedAt" DESC, c.id DESC`,
        (consent) => consent.userTelegramId,
      ),
    ),
  }
}
