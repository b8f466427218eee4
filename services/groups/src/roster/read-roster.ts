import { type Cells, type Column, columnNames, columns, isColumn } from './columns.ts'
import { BrokenQuotesError, type CsvRecord, detectSeparator, readCsv, rearm } from './csv.ts'
import { createFindings, type Findings } from './findings.ts'

/** A line of a roster, with what could be read of it. */
export interface RosterLine {
  /** Where it begins in the file; the header is line 1. */
  line: number
  cells: Cells
  /** Columns whose cells hold what could not be read. */
  unread: readonly Column[]
}

export interface Roster {
  lines: RosterLine[]
  /** What is wrong with them, as far as the file alone can tell. */
  findings: Findings
}

/**
 * Reads a roster: a CSV file whose first line names the columns, in any order. Empty lines are passed over.
 * When the header or the quotes are wrong, that is all there is to say: no line is read.
 */
export function readRoster(text: string): Roster {
  const findings = createFindings()
  const records = readRecords(text, findings)
  const [header, ...rest] = records
  const names = header && readHeader(withoutSurplus(header, 0), findings)
  if (!names) return { lines: [], findings }
  if (rest.length === 0)
    findings.refuse(header.line, 'NO_LINES', 'There is no line below the header.')
  return {
    lines: rest.map((record) => readLine(withoutSurplus(record, names.length), names, findings)),
    findings,
  }
}

/** Spreadsheets save empty columns at the end, where something once was. */
function withoutSurplus({ line, cells }: CsvRecord, least: number): CsvRecord {
  const last = cells.findLastIndex((cell) => cell.trim() !== '')
  return { line, cells: cells.length > least ? cells.slice(0, Math.max(least, last + 1)) : cells }
}

function readRecords(text: string, findings: Findings): CsvRecord[] {
  const [header = ''] = /^.*\S.*$/m.exec(text) ?? []
  try {
    const records = readCsv(text, detectSeparator(header)).filter(({ cells }) =>
      cells.some((cell) => cell.trim()),
    )
    if (records.length === 0) findings.refuse(1, 'NO_LINES', 'The file is empty.')
    return records
  } catch (error) {
    if (!(error instanceof BrokenQuotesError)) throw error
    findings.refuse(error.line, 'BROKEN_QUOTES', error.message)
    return []
  }
}

/** @returns undefined when the columns are not those of a roster */
function readHeader({ line, cells }: CsvRecord, findings: Findings): Column[] | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  const refuse = (
    reason: 'UNKNOWN_COLUMN' | 'DUPLICATE_COLUMN' | 'MISSING_COLUMN',
    message: string,
  ) => findings.refuse(line, reason, message)
  const unknown = cells.filter((_, index) => !isColumn(names[index] ?? ''))
  if (unknown.length > 0) {
    const list = unknown.map((cell) => `"${cell.trim().slice(0, 40)}"`).join(', ')
    refuse(
      'UNKNOWN_COLUMN',
      `There is no column ${list}: the columns are ${columnNames.join(', ')}.`,
    )
  }
  const known = names.filter(isColumn)
  const twice = known.filter((name, index) => known.indexOf(name) !== index)
  if (twice.length > 0)
    refuse('DUPLICATE_COLUMN', `Column ${twice.join(', ')} is there more than once.`)
  if (!known.some((name) => identifying.has(name))) {
    refuse(
      'MISSING_COLUMN',
      'A roster needs student_telegram_id, group_id, or group with teacher_telegram_id.',
    )
  }
  return findings.of(line).length === 0 ? known : undefined
}

/** Without one of these no line says whom or what it is about. */
const identifying: ReadonlySet<Column> = new Set(['group_id', 'group', 'student_telegram_id'])

function readLine({ line, cells }: CsvRecord, names: Column[], findings: Findings): RosterLine {
  const isWhole = cells.length === names.length
  if (!isWhole) {
    findings.refuse(
      line,
      'WRONG_NUMBER_OF_CELLS',
      `The line has ${cells.length} cells; the header has ${names.length}.`,
    )
  }
  const read: Record<string, unknown> = {}
  const unread: Column[] = []
  for (const [index, name] of names.entries()) {
    const text = rearm((cells[index] ?? '').trim())
    if (text === '') continue
    const { success, data, error } = columns[name].safeParse(text)
    // Postgres stores no U+0000.
    const isStorable = !text.includes('\0')
    if (success && isStorable) {
      read[name] = data
      continue
    }
    unread.push(name)
    // Of a line that has lost its order one refusal says enough; what fits tells which group it spoils.
    if (isWhole) {
      const problem = isStorable ? error?.issues[0]?.message : 'must be text without U+0000'
      findings.refuse(line, 'BAD_VALUE', `${name}: ${problem}`, name)
    }
  }
  return { line, cells: read as Cells, unread }
}
