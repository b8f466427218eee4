import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateNotificationInput } from '../generated/graphql.ts'
import type { NotificationRow } from '../rows.ts'
import { userExists } from '../sisters.ts'
import { instant, optionalText, text } from './rules.ts'

const rules = z
  .object({
    title: optionalText(200),
    text: text(4000),
    scheduledAt: instant.nullish(),
    expiresAt: instant.nullish(),
    deduplicationKey: text(200),
  })
  .refine(({ scheduledAt, expiresAt }) => !scheduledAt || !expiresAt || expiresAt > scheduledAt, {
    path: ['expiresAt'],
    message: 'must be after scheduledAt',
  })

/**
 * Plans a notification; nothing is sent here.
 *
 * @throws BAD_USER_INPUT for a field out of its bounds, or a recipient whom the school does not know
 * @throws CONFLICT `DUPLICATE`, with the first's id, when the recipient is told of this occasion already
 */
export async function createNotification(
  ctx: RequestContext,
  input: CreateNotificationInput,
): Promise<{ notification: NotificationRow }> {
  const earlier = await replay(ctx.db, ctx, 'createNotification', input, (id) =>
    ctx.db.notification.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { notification: earlier }

  const fields = parseInput(rules, input)
  const { recipientTelegramId, kind } = input
  if (!(await userExists(ctx, recipientTelegramId))) {
    throw badUserInput('input.recipientTelegramId', `There is no user ${recipientTelegramId}.`)
  }
  const notification = await transact(
    ctx.db,
    ctx,
    (tx) =>
      once(tx, ctx, 'createNotification', input, {
        create: () =>
          tx.notification.create({
            data: {
              recipientTelegramId,
              kind,
              title: fields.title,
              text: fields.text,
              scheduledAt: fields.scheduledAt ?? ctx.clock(),
              expiresAt: fields.expiresAt,
              dedupKey: fields.deduplicationKey,
            },
          }),
        find: (id) => tx.notification.findUniqueOrThrow({ where: { id } }),
      }),
    {
      notifications_expire_later: () =>
        badUserInput('input.expiresAt', 'input.expiresAt: must be after scheduledAt'),
      notifications_recipient_telegram_id_dedup_key_key: () =>
        duplicate(ctx, recipientTelegramId, fields.deduplicationKey),
    },
  )
  return { notification }
}

async function duplicate({ db }: RequestContext, recipientTelegramId: bigint, dedupKey: string) {
  const first = await db.notification.findUnique({
    where: { recipientTelegramId_dedupKey: { recipientTelegramId, dedupKey } },
    select: { id: true },
  })
  return conflict('DUPLICATE', 'The recipient is told of this occasion already.', { id: first?.id })
}
