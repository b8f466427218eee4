import { afterCreated } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { Group, GroupMember } from '../generated/prisma/client.ts'
import { type ExportedPerson, exportPeople } from '../sisters.ts'
import { type Column, columnNames, livingStatuses } from './columns.ts'
import { disarm } from './csv.ts'

/** As many groups as are read at a time. */
const portionSize = 100

/** The first line of a roster. */
export const header: readonly string[] = columnNames

/**
 * The lines of groups that are not over, portion by portion: one line for each stay that is open, who waits
 * in the order of the waiting list, or one for a group that is empty.
 *
 * @param groupIds all groups when undefined
 * @throws SERVICE_UNAVAILABLE when auth does not answer
 */
export async function* readOut(
  ctx: RequestContext,
  groupIds?: readonly string[],
): AsyncGenerator<string[][]> {
  let after: Group | undefined
  for (;;) {
    const groups = await readGroups(ctx, groupIds, after)
    if (groups.length > 0) yield await readLines(ctx, groups)
    if (groups.length < portionSize) return
    after = groups.at(-1)
  }
}

function readGroups(
  { db }: RequestContext,
  groupIds: readonly string[] | undefined,
  after: Group | undefined,
): Promise<Group[]> {
  return db.group.findMany({
    where: {
      status: { in: [...livingStatuses] },
      ...(groupIds && { id: { in: [...groupIds] } }),
      ...afterCreated({ after: after && { sort: after.createdAt, id: after.id } }, 'gt'),
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: portionSize,
  })
}

async function readLines(ctx: RequestContext, groups: readonly Group[]): Promise<string[][]> {
  const stays = await ctx.db.groupMember.findMany({
    where: { groupId: { in: groups.map(({ id }) => id) }, leftAt: null },
    orderBy: [
      { waitingPosition: { sort: 'asc', nulls: 'first' } },
      { createdAt: 'asc' },
      { id: 'asc' },
    ],
  })
  const people = await exportPeople(ctx, [
    ...new Set(stays.map(({ studentTelegramId }) => studentTelegramId)),
  ])
  const byGroup = Map.groupBy(stays, ({ groupId }) => groupId)
  return groups.flatMap((group) =>
    (byGroup.get(group.id) ?? [undefined]).map((stay) =>
      toCells(group, stay, stay && people.get(stay.studentTelegramId)),
    ),
  )
}

function toCells(
  group: Group,
  stay: GroupMember | undefined,
  person: ExportedPerson | undefined,
): string[] {
  const cells: Record<Column, string | null | undefined> = {
    group_id: group.id,
    group: group.name,
    teacher_telegram_id: String(group.teacherTelegramId),
    language: group.language,
    level: group.level,
    capacity: String(group.capacity),
    group_status: group.status,
    starts_on: group.startsOn?.toISOString().slice(0, 10),
    ends_on: group.endsOn?.toISOString().slice(0, 10),
    student_telegram_id: stay && String(stay.studentTelegramId),
    first_name: person?.firstName,
    last_name: person?.lastName,
    phone: person?.phone,
    email: person?.email,
    timezone: person?.timezone,
    member_status: stay?.status,
  }
  return columnNames.map((name) => disarm(cells[name] ?? ''))
}
