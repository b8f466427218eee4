import type { Column } from './columns.ts'
import type { GroupLines } from './match-groups.ts'
import type { RosterLine } from './read-roster.ts'

/** What lines call their groups by. */
const identity = ['group_id', 'group', 'teacher_telegram_id'] as const satisfies Column[]

/**
 * Whether a line that does not tell its group may be about this one: what it does tell is no other's. An id
 * that is wrong, or cannot be read, is that of a group that is there, and a name beside it may be a new one.
 */
export function mayMean({ cells, unread }: RosterLine, group: GroupLines): boolean {
  const isTold = (name: Column) => cells[name] !== undefined || unread.includes(name)
  if (!identity.some(isTold)) return false
  const teacher = cells.teacher_telegram_id
  if (teacher !== undefined && !teachersOf(group).includes(teacher)) return false
  if (cells.group !== undefined && namesOf(group).includes(cells.group)) return true
  if (isTold('group_id')) {
    const isNamed = group.lines.some((line) => line.cells.group !== undefined)
    return group.known !== undefined && (cells.group === undefined || !isNamed)
  }
  return cells.group === undefined
}

/** Whether a line calls its group by a name of this one. */
export function hasNameOf({ cells }: RosterLine, group: GroupLines): boolean {
  return cells.group !== undefined && namesOf(group).includes(cells.group)
}

/** Those that it has, and those that its lines tell. */
function namesOf({ known, lines }: GroupLines): (string | undefined)[] {
  return [known?.group.name, ...lines.map(({ cells }) => cells.group)]
}

function teachersOf({ known, lines }: GroupLines): (bigint | undefined)[] {
  return [known?.group.teacherTelegramId, ...lines.map(({ cells }) => cells.teacher_telegram_id)]
}
