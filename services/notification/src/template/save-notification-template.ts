import { once, replay, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { SaveNotificationTemplateInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { optionalText, text } from '../notification/rules.ts'
import type { NotificationTemplateRow } from '../rows.ts'
import { parseMessage } from './message-format.ts'

const rules = z.object({ title: optionalText(200), body: text(4000) })

/**
 * Adds the next version of a template and makes it the one in use. Two at once become two versions,
 * one after the other.
 *
 * @throws BAD_USER_INPUT for a field out of its bounds, or a text that is no ICU MessageFormat
 */
export async function saveNotificationTemplate(
  ctx: RequestContext,
  input: SaveNotificationTemplateInput,
): Promise<{ template: NotificationTemplateRow }> {
  const earlier = await replay(ctx.db, ctx, 'saveNotificationTemplate', input, (id) =>
    ctx.db.notificationTemplate.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { template: earlier }

  const { title, body } = parseInput(rules, input)
  const key = { kind: input.kind, channel: input.channel, locale: input.locale }
  if (title != null) parseMessage('input.title', title, key.locale)
  parseMessage('input.body', body, key.locale)
  const template = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'saveNotificationTemplate', input, {
      async create() {
        await lockVersions(tx, key)
        const { _max } = await tx.notificationTemplate.aggregate({
          where: key,
          _max: { version: true },
        })
        await tx.notificationTemplate.updateMany({
          where: { ...key, isActive: true },
          data: { isActive: false },
        })
        return tx.notificationTemplate.create({
          data: { ...key, title, body, version: (_max.version ?? 0) + 1, isActive: true },
        })
      },
      find: (id) => tx.notificationTemplate.findUniqueOrThrow({ where: { id } }),
    }),
  )
  return { template }
}

/** Until the transaction ends. By name and not by row: before the first version there is no row. */
async function lockVersions(tx: Prisma.TransactionClient, key: Record<string, string>) {
  const name = `notification template ${Object.values(key).join(' ')}`
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
