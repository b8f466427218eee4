import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'

export type Separator = ';' | ','

export interface CsvRecord {
  /** Where it begins in the file; the first line is 1. */
  line: number
  cells: string[]
}

/** Quotes are broken, so that nobody can tell where cells end from this record on. */
export class BrokenQuotesError extends Error {
  override name = 'BrokenQuotesError'
  readonly line: number

  constructor(line: number) {
    super('Quotes are broken: a cell that has one needs quotes around it, and each within doubled.')
    this.line = line
  }
}

/**
 * The records of a CSV file (RFC 4180), empty lines included. Lines end with LF or CRLF; cells in quotes
 * may go over several.
 *
 * @throws BrokenQuotesError
 */
export function readCsv(text: string, separator: Separator): CsvRecord[] {
  const records: CsvRecord[] = []
  let line = 1
  try {
    parse(text, {
      delimiter: separator,
      record_delimiter: ['\r\n', '\n'],
      bom: true,
      relax_column_count: true,
      on_record(cells: string[]) {
        records.push({ line, cells })
        // The library counts a CRLF within quotes twice.
        line += 1 + cells.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0)
        return null
      },
    })
  } catch {
    // Nothing else can be wrong: every number of cells is let through.
    throw new BrokenQuotesError(line)
  }
  return records
}

/** @param header the first line of a file, whose names of columns have neither sign */
export function detectSeparator(header: string): Separator {
  return header.includes(';') ? ';' : ','
}

/** Records as CSV, each line ended by CRLF as RFC 4180 has it. */
export function writeCsv(records: readonly (readonly string[])[], separator: Separator): string {
  return stringify(records as string[][], {
    delimiter: separator,
    record_delimiter: '\r\n',
    // Any line break in a cell, not ours alone.
    quoted_match: /[\r\n]/,
  })
}

/**
 * The text with a `'` before it if a spreadsheet took it for a formula, which could do what it wants there:
 * https://owasp.org/www-community/attacks/CSV_Injection. Phone numbers keep their `+` by it.
 */
export function disarm(text: string): string {
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

/** The text as it was before `disarm`. */
export function rearm(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
}
