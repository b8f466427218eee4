import type { Group, GroupMember, PrismaClient } from '../generated/prisma/client.ts'
import { countSeatsTaken } from '../member/seats.ts'
import { portionsOf } from '../portions-of.ts'
import { livingStatuses } from './columns.ts'
import type { Findings } from './findings.ts'
import type { RosterLine } from './read-roster.ts'

/** A group that is there already, with what an import needs to know of it. */
export interface KnownGroup {
  group: Group
  /** By members, and by offers. */
  seatsTaken: number
  /** By student. */
  openStays: Map<bigint, GroupMember>
}

/** The lines about one group. */
export interface GroupLines {
  /** Undefined when the group is to be made. */
  known: KnownGroup | undefined
  /** As in the file. */
  lines: RosterLine[]
}

/** What the lines of a roster are about. */
export interface Matched {
  groups: GroupLines[]
  /** Lines about groups that do not say which. */
  doubtful: RosterLine[]
}

/** As many groups as are looked up at a time. */
const portionSize = 500

type Db = Pick<PrismaClient, '$queryRaw' | 'group' | 'groupMember'>

/**
 * Puts lines together by the group that they are about, and finds those that are there: by `group_id`, else
 * by name and teacher among those that are not over. Lines without a group are in neither list.
 */
export async function matchGroups(
  db: Db,
  lines: readonly RosterLine[],
  findings: Findings,
): Promise<Matched> {
  const idOf = await findIds(db, lines)
  const blocks = new Map<string, { id: string | undefined; lines: RosterLine[] }>()
  const doubtful: RosterLine[] = []
  for (const line of lines) {
    const key = keyOf(line)
    const ids = idOf(line)
    if (key === undefined) {
      doubtful.push(line)
    } else if (ids.length > 1) {
      const message = 'The teacher has several groups of this name: say which by group_id.'
      findings.refuse(line.line, 'GROUP_AMBIGUOUS', message, 'group')
      doubtful.push(line)
    } else if (line.cells.group_id !== undefined && ids.length === 0) {
      findings.refuse(line.line, 'GROUP_NOT_FOUND', 'There is no such group.', 'group_id')
      doubtful.push(line)
    } else {
      // Some lines may name the group, and others its id.
      const [id] = ids
      const block = blocks.get(id ?? key) ?? { id, lines: [] }
      blocks.set(id ?? key, block)
      block.lines.push(line)
    }
  }
  const found = [...blocks.values()].flatMap(({ id }) => id ?? [])
  const known = new Map<string, KnownGroup>()
  for (const portion of portionsOf(found, portionSize)) {
    for (const one of await readKnownGroups(db, portion)) known.set(one.group.id, one)
  }
  const groups = [...blocks.values()].map(({ id, lines: ofGroup }) => ({
    known: id === undefined ? undefined : known.get(id),
    lines: ofGroup,
  }))
  return { groups, doubtful: [...doubtful, ...refuseNewNames(groups, findings)] }
}

/** What a line calls its group; undefined when it names none, or nobody can read which. */
export function keyOf({ cells, unread }: RosterLine): string | undefined {
  const { group_id: id, group, teacher_telegram_id: teacher } = cells
  if (id !== undefined) return id
  if (unread.includes('group_id')) return undefined
  return group === undefined || teacher === undefined ? undefined : nameKey(teacher, group)
}

function nameKey(teacher: bigint, name: string): string {
  return `${teacher} ${name}`
}

/**
 * Refuses lines that call a group by a name which others give to a group that has another one still: before
 * the import the name means one group, and afterwards two, or the other.
 *
 * @returns the lines that it refuses
 */
function refuseNewNames(groups: readonly GroupLines[], findings: Findings): RosterLine[] {
  const givenIn = new Map<string, { group: GroupLines; line: number }>()
  for (const group of groups) {
    if (!group.known) continue
    const { name, teacherTelegramId } = group.known.group
    for (const { line, cells } of group.lines) {
      if (cells.group === undefined || cells.group === name) continue
      givenIn.set(nameKey(teacherTelegramId, cells.group), { group, line })
    }
  }
  return groups.flatMap((group) =>
    group.lines.filter((line) => {
      const given = line.cells.group_id === undefined && givenIn.get(keyOf(line) ?? '')
      if (!given || given.group === group) return false
      const message = `Line ${given.line} gives this name to a group of the teacher: say which by group_id.`
      findings.refuse(line.line, 'GROUP_AMBIGUOUS', message, 'group')
      return true
    }),
  )
}

/** @returns tells the ids of the groups that a line may mean */
async function findIds(db: Db, lines: readonly RosterLine[]) {
  const ids = new Set(lines.flatMap(({ cells }) => cells.group_id ?? []))
  const named = new Map(
    lines.flatMap((line) => {
      const { group_id: id, group, teacher_telegram_id: teacher } = line.cells
      const isNamed = id === undefined && group !== undefined && teacher !== undefined
      return isNamed ? [[nameKey(teacher, group), { group, teacher }] as const] : []
    }),
  )
  const there = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM groups WHERE id = ANY(${[...ids]}::uuid[])`
  const names = [...named.values()]
  const namesakes = await findNamesakes(db, names)
  const known = new Map([
    ...Map.groupBy(there, ({ id }) => id),
    ...Map.groupBy(namesakes, ({ teacher, name }) => nameKey(teacher, name)),
  ])
  return (line: RosterLine) => (known.get(keyOf(line) ?? '') ?? []).map(({ id }) => id)
}

/** Groups of these names with these teachers, but for those that are over. */
export function findNamesakes(
  db: Pick<Db, '$queryRaw'>,
  names: readonly { group: string; teacher: bigint }[],
): Promise<{ id: string; name: string; teacher: bigint }[]> {
  return db.$queryRaw`
    SELECT id, name, teacher_telegram_id AS teacher FROM groups
    WHERE (name, teacher_telegram_id) IN (
      SELECT * FROM unnest(${names.map(({ group }) => group)}::text[],
        ${names.map(({ teacher }) => teacher)}::bigint[])
    ) AND status::text = ANY(${[...livingStatuses]})`
}

/** Costs three statements. */
export async function readKnownGroups(db: Db, ids: string[]): Promise<KnownGroup[]> {
  const groups = await db.group.findMany({ where: { id: { in: ids } } })
  const seats = await countSeatsTaken(db, ids)
  const stays = await db.groupMember.findMany({ where: { groupId: { in: ids }, leftAt: null } })
  const byGroup = Map.groupBy(stays, ({ groupId }) => groupId)
  return groups.map((group) => ({
    group,
    seatsTaken: seats.get(group.id) ?? 0,
    openStays: new Map((byGroup.get(group.id) ?? []).map((stay) => [stay.studentTelegramId, stay])),
  }))
}
