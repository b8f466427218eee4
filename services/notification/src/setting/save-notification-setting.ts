import { transact } from '@classgram/database'
import { badUserInput, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { SaveNotificationSettingInput } from '../generated/graphql.ts'
import type { NotificationSettingRow } from '../rows.ts'
import { userExists } from '../sisters.ts'

const mostLeadMinutes = 43_200

const rules = z
  .object({
    quietFrom: z.date().nullish(),
    quietTo: z.date().nullish(),
    leadMinutes: z
      .array(z.int().min(0).max(mostLeadMinutes))
      .max(10)
      .nullish()
      .transform((minutes) => minutes && [...new Set(minutes)].sort((a, b) => b - a)),
  })
  .refine(({ quietFrom: from, quietTo: to }) => (from && to) || from === to, {
    path: ['quietTo'],
    message: 'must be given, or be null, together with quietFrom',
  })
  .refine(({ quietFrom: from, quietTo: to }) => !from || !to || from.getTime() !== to.getTime(), {
    path: ['quietTo'],
    message: 'must differ from quietFrom',
  })

/**
 * Saves what a person wants of one kind of notification on one channel, in one statement: of two
 * requests at once, the later one's fields win.
 *
 * @throws FORBIDDEN for another's setting unless the viewer is an administrator
 * @throws BAD_USER_INPUT for a field out of its bounds, or a person whom the school does not know
 */
export async function saveNotificationSetting(
  ctx: RequestContext,
  input: SaveNotificationSettingInput,
): Promise<{ setting: NotificationSettingRow }> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const userTelegramId = input.userTelegramId ?? viewer.telegramId
  const isOwn = userTelegramId === viewer.telegramId
  if (!isOwn && !isAdmin(viewer)) throw forbidden('People save their own settings only.')
  const { quietFrom, quietTo, leadMinutes } = parseInput(rules, input)
  if (!isOwn && !(await userExists(ctx, userTelegramId))) {
    throw badUserInput('input.userTelegramId', `There is no user ${userTelegramId}.`)
  }
  const key = { userTelegramId, kind: input.kind, channel: input.channel }
  const fields = {
    enabled: input.enabled ?? undefined,
    quietFrom,
    quietTo,
    timezone: input.timezone ?? undefined,
    digest: input.digest ?? undefined,
    leadMinutes: leadMinutes ?? undefined,
  }
  const setting = await transact(ctx.db, ctx, (tx) =>
    tx.userNotificationSetting.upsert({
      where: { userTelegramId_kind_channel: key },
      create: { ...key, ...fields },
      // Never empty: Prisma would then look first and insert after, and two at once would collide.
      update: { ...fields, updatedAt: ctx.clock() },
    }),
  )
  return { setting }
}
