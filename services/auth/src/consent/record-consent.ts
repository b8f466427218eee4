import { once, replay, transact } from '@classgram/database'
import { forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RecordConsentInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { ConsentRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'

const rules = z.object({
  document: z
    .string()
    .max(100)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case words with hyphens between'),
  version: z.string().trim().min(1, 'must not be empty').max(50),
})

interface Given {
  userTelegramId: bigint
  document: string
  version: string
}

/**
 * Records that the viewer agrees to a version of a text, once.
 *
 * @throws FORBIDDEN for who is no person, or is not any more what their token says; BAD_USER_INPUT
 */
export async function recordConsent(
  ctx: RequestContext,
  input: RecordConsentInput,
): Promise<{ consent: ConsentRow }> {
  const { db, viewer, clock } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const earlier = await replay(db, ctx, 'recordConsent', input, (id) =>
    db.consent.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { consent: earlier }
  const given = { userTelegramId: viewer.telegramId, ...parseInput(rules, input) }
  const consent = await transact(db, ctx, async (tx) => {
    await assertCurrent(tx, viewer)
    return once(tx, ctx, 'recordConsent', input, {
      create: () => findOrCreate(tx, given, clock()),
      find: (id) => tx.consent.findUniqueOrThrow({ where: { id } }),
    })
  })
  return { consent }
}

async function findOrCreate(tx: Prisma.TransactionClient, given: Given, acceptedAt: Date) {
  const { userTelegramId, document, version } = given
  // Writing the version that is there locks the row: nobody withdraws it before it is read.
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO consents AS c (user_telegram_id, document, version, accepted_at)
    VALUES (${userTelegramId}, ${document}, ${version}, ${acceptedAt})
    ON CONFLICT (user_telegram_id, document, version) WHERE withdrawn_at IS NULL
    DO UPDATE SET version = c.version RETURNING id`
  return tx.consent.findUniqueOrThrow({ where: { id: row?.id ?? '' } })
}
