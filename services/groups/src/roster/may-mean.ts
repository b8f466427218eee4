import type { Column } from './columns.ts'
import type { Findings } from './findings.ts'
import type { GroupLines } from './match-groups.ts'
import type { RosterLine } from './read-roster.ts'

/** What lines call their groups by. */
const identity = ['group_id', 'group', 'teacher_telegram_id'] as const satisfies Column[]

/** What only a group that is to be made needs. */
const making = ['language', 'level', 'capacity'] as const satisfies Column[]

/**
 * Finds the groups that stay out though none of their own lines is refused: another one is, and may mean them,
 * since it does not tell its group, or has a name of theirs for a group that is not to be made. Takes the time
 * of reading each line once: a whole school may come without teachers.
 *
 * @param doubtful refused lines about groups that do not say which
 * @param findings what was found of all lines by now
 * @returns the first such line of each
 */
export function findDoubtfulLines(
  groups: readonly GroupLines[],
  doubtful: readonly RosterLine[],
  findings: Findings,
): Map<GroupLines, number> {
  const firstLine = new Map<string, number>()
  const add = (clue: string, line: number) =>
    firstLine.set(clue, Math.min(line, firstLine.get(clue) ?? line))
  for (const line of doubtful) for (const clue of cluesOf(line)) add(clue, line.line)
  for (const group of groups) {
    if (!isUnmade(group, findings)) continue
    for (const { line, cells } of group.lines) {
      if (cells.group !== undefined) add(clueOf(undefined, nameOf(cells.group)), line)
    }
  }
  const found = new Map<GroupLines, number>()
  for (const group of groups) {
    // It stays out for that line, and might have as many names and teachers as lines.
    if (group.lines.some(({ line }) => findings.of(line).length > 0)) continue
    const lines = cluesTo(group).flatMap((clue) => firstLine.get(clue) ?? [])
    if (lines.length > 0) found.set(group, Math.min(...lines))
  }
  return found
}

const isTold = ({ cells, unread }: RosterLine, name: Column) =>
  cells[name] !== undefined || unread.includes(name)

/**
 * What a line that does not tell its group tells all the same. An id that is wrong, or cannot be read, is that
 * of a group that is there, and a name beside it may be a new one.
 */
function cluesOf(line: RosterLine): string[] {
  if (!identity.some((name) => isTold(line, name))) return []
  const { group: name, teacher_telegram_id: teacher } = line.cells
  const clues = name === undefined ? [] : [nameOf(name)]
  if (isTold(line, 'group_id')) clues.push(name === undefined ? 'there' : 'there, nameless')
  else if (name === undefined) clues.push('any')
  return clues.map((clue) => clueOf(teacher, clue))
}

/** All that lines may tell if they mean the group: what it has, and what its own lines tell. */
function cluesTo({ known, lines }: GroupLines): string[] {
  const told = lines.flatMap(({ cells }) => cells.group ?? [])
  const names = new Set([...(known ? [known.group.name] : []), ...told])
  const teachers = new Set([
    undefined,
    known?.group.teacherTelegramId,
    ...lines.map(({ cells }) => cells.teacher_telegram_id),
  ])
  const clues = ['any', ...[...names].map(nameOf)]
  if (known) clues.push('there')
  if (known && told.length === 0) clues.push('there, nameless')
  return [...teachers].flatMap((teacher) => clues.map((clue) => clueOf(teacher, clue)))
}

function nameOf(name: string): string {
  return `name ${name}`
}

function clueOf(teacher: bigint | undefined, clue: string): string {
  return `${teacher ?? ''} ${clue}`
}

/**
 * Whether a group that is not there is not to be made either, since nobody teaches it or nothing is said of
 * it: its lines may mean another one of the name, by a slip in the teacher's id.
 */
function isUnmade({ known, lines }: GroupLines, findings: Findings): boolean {
  if (known) return false
  const isBare = !lines.some((line) => making.some((name) => isTold(line, name)))
  const refusals = lines.flatMap(({ line }) => findings.of(line))
  return isBare || refusals.some(({ reason }) => reason === 'TEACHER_NOT_FOUND')
}
