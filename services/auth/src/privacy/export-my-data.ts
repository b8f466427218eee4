import { transact } from '@classgram/database'
import { forbidden, serviceUnavailable } from '@classgram/errors'
import { readSubgraphs } from '@classgram/server'
import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { PersonExport } from '../generated/graphql.ts'
import { readStanding } from '../session/standing.ts'
import { ownName, personData } from './person-data.ts'

const query = `query PersonData($telegramId: TelegramID!) {
  personData(telegramId: $telegramId)
}`

/**
 * Everything that the school stores about a person, asked of all its services at once. Nothing is given
 * out without a record of it, which the next export tells of.
 *
 * @param asked whose data; the viewer's own when absent
 * @returns null when nothing is stored
 * @throws FORBIDDEN for others than administrators who ask for somebody else, whether there is such
 * a person or not, and for who is not any more what their token says; RATE_LIMITED;
 * SERVICE_UNAVAILABLE when one service does not answer
 */
export async function exportMyData(
  ctx: RequestContext,
  asked: bigint | null | undefined,
): Promise<PersonExport | null> {
  const { viewer, limits, clock } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const telegramId = asked ?? viewer.telegramId
  if (!isPerson(viewer, telegramId) && !isAdmin(viewer)) {
    throw forbidden('You may export your own data only.')
  }
  // The gateway looks at writes alone; what an export gives away cannot be taken back either.
  const standing = await readStanding(ctx)
  if (standing?.role !== viewer.role) throw forbidden('Your account has changed: sign in again.')
  await limits.count('exportByPerson', String(viewer.telegramId))

  const exportedAt = clock()
  const parts = await Promise.all(
    readSubgraphs().map(async ({ name }) => [name, await readPart(ctx, name, telegramId)] as const),
  )
  if (parts.every(([, part]) => Object.keys(part).length === 0)) return null
  await transact(ctx.db, ctx, (tx) =>
    tx.personExport.create({
      data: { telegramId, requestedByTelegramId: viewer.telegramId, exportedAt },
    }),
  )
  return { telegramId, exportedAt, data: Object.fromEntries(parts) }
}

async function readPart(ctx: RequestContext, service: string, telegramId: bigint): Promise<object> {
  if (service === ownName) return personData.read(ctx, telegramId)
  const { personData: part } = await ctx.ask<{ personData: object | null }>(service, query, {
    telegramId,
  })
  if (!part) throw serviceUnavailable(service)
  return part
}
