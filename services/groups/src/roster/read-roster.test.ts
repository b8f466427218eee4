import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { disarm, readCsv, rearm, writeCsv } from './csv.ts'
import { readRoster } from './read-roster.ts'

const read = (text: string) => {
  const { lines, findings } = readRoster(text)
  const refused = findings
    .lines()
    .flatMap((line) => findings.of(line).map(({ reason, column }) => ({ line, reason, column })))
  return { cells: lines.map(({ line, cells }) => ({ line, ...cells })), refused }
}

describe('a file is read', () => {
  test.each([
    ['with semicolons', 'group_id;capacity\n01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e;7\n'],
    ['with commas', 'group_id,capacity\n01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e,7\n'],
    ['with CRLF', 'group_id;capacity\r\n01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e;7\r\n'],
    [
      'without a line break at the end',
      'group_id;capacity\n01930F5E-7b1a-7cc2-8d6f-1f2a3b4c5d6e;7',
    ],
    ['with a byte order mark', '\ufeffgroup_id;capacity\n01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e;7'],
    ['with columns in another order', 'Capacity ;GROUP_ID\n7;01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e'],
    ['with quotes', '"group_id";"capacity"\n"01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e";" 7 "'],
    [
      'with empty columns at the end',
      'group_id;capacity;;\n01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e;7;;',
    ],
  ])('%s', (_, text) => {
    const cells = { line: 2, group_id: '01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e', capacity: 7 }
    expect(read(text)).toEqual({ cells: [cells], refused: [] })
  })

  test('lines are those of the file: line breaks in quotes count, empty lines are passed over', () => {
    const text =
      'student_telegram_id,first_name\r\n1,"An\r\nna"\r\n\r\n2,"Bo\nris"\n , \nx,Clara\r\n'
    expect(read(text)).toEqual({
      cells: [
        { line: 2, student_telegram_id: 1n, first_name: 'An\r\nna' },
        { line: 5, student_telegram_id: 2n, first_name: 'Bo\nris' },
        { line: 8, first_name: 'Clara' },
      ],
      refused: [{ line: 8, reason: 'BAD_VALUE', column: 'student_telegram_id' }],
    })
  })

  test('days as spreadsheets save them, names of states in small letters', () => {
    const text = 'group_id;starts_on;ends_on;member_status\n;24.12.2026;2027-01-31;paused'
    const starts_on = new Date('2026-12-24')
    const ends_on = new Date('2027-01-31')
    expect(read(text).cells).toEqual([{ line: 2, starts_on, ends_on, member_status: 'PAUSED' }])
  })
})

describe('what is wrong is told with its line and column', () => {
  test.each([
    ['nothing', '', 1, 'NO_LINES'],
    ['empty lines alone', '\n\n ; \n', 1, 'NO_LINES'],
    ['a header alone', '\ngroup_id\n', 2, 'NO_LINES'],
    ['columns that are none', 'group_id;colour\nx;y', 1, 'UNKNOWN_COLUMN'],
    ['a column twice', 'group_id;capacity;Group_Id\nx;1;y', 1, 'DUPLICATE_COLUMN'],
    ['nothing to go by', 'capacity;phone\n1;2', 1, 'MISSING_COLUMN'],
    ['an open quote', 'group_id;group\nx;y\nz;"w\nv;u\n', 3, 'BROKEN_QUOTES'],
    ['a quote amid a cell', 'group_id;group\nx;"a\r\nb"\r\nx;y "z"\n', 4, 'BROKEN_QUOTES'],
  ])('%s', (_, text, line, reason) => {
    expect(read(text)).toEqual({ cells: [], refused: [{ line, reason, column: null }] })
  })

  test.each([
    ['too few cells', 'Evening;5', 'WRONG_NUMBER_OF_CELLS', null],
    ['too many cells', 'Evening;5;1;2;3;4', 'WRONG_NUMBER_OF_CELLS', null],
    ['a name with U+0000', 'Even\0ing;5;1;', 'BAD_VALUE', 'group'],
    ['a name that is too long', `${'x'.repeat(121)};5;1;`, 'BAD_VALUE', 'group'],
    ['no seats', 'Evening;0;1;', 'BAD_VALUE', 'capacity'],
    ['seats in words', 'Evening;five;1;', 'BAD_VALUE', 'capacity'],
    [
      'a Telegram id that a spreadsheet rounded',
      'Evening;5;4,29497E+09;',
      'BAD_VALUE',
      'teacher_telegram_id',
    ],
    ['a time zone that is none', 'Evening;5;1;Mars/Olympus', 'BAD_VALUE', 'timezone'],
  ])('%s', (_, line, reason, column) => {
    const { refused } = read(`group;capacity;teacher_telegram_id;timezone\n${line}\n`)
    expect(refused).toEqual([{ line: 2, reason, column }])
  })

  test('a refusal does not repeat what the cell holds', () => {
    const { findings } = readRoster('group;timezone\nEvening;secret words\n')
    expect(
      findings
        .of(2)
        .map(({ message }) => message)
        .join(),
    ).not.toContain('secret')
  })
})

test('a spreadsheet finds no formula, and nobody loses a sign by it', () => {
  expect(disarm('=HYPERLINK("http://evil.example")')).toBe(`'=HYPERLINK("http://evil.example")`)
  expect(disarm('+79000000001')).toBe("'+79000000001")
  expect(disarm("O'Neill")).toBe("O'Neill")
  // Written by hand, or by another program.
  expect(rearm('+79000000001')).toBe('+79000000001')
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', 'a') }),
  )
  fc.assert(
    fc.property(text, (name) => {
      expect(rearm(disarm(name))).toBe(name)
      expect(disarm(name)).not.toMatch(/^[=+\-@\t\r]/)
    }),
  )
})

test('whatever is in a cell comes back as it was, from the line where it began', () => {
  const unit = fc.constantFrom(
    'a',
    'Я',
    '"',
    ';',
    ',',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
    '=',
    "'",
    '😀',
  )
  const cell = fc.string({ unit, maxLength: 8 })
  const table = fc.array(fc.tuple(cell, cell, fc.constant('x')), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(table, fc.constantFrom(';', ',' as const), (rows, separator) => {
      const records = readCsv(writeCsv(rows, separator), separator)
      expect(records.map(({ cells }) => cells)).toEqual(rows)
      for (const [index, { line }] of records.entries()) {
        const before = writeCsv(rows.slice(0, index), separator)
        expect(line).toBe(before.split('\n').length)
      }
    }),
  )
})
