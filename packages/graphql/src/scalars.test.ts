import { Kind } from 'graphql'
import { describe, expect, test } from 'vitest'
import { scalars } from './scalars.ts'

const { TelegramID, DateTime, Date: Day, LocalTime, TimeZone, LanguageTag, UUID } = scalars

describe('TelegramID', () => {
  test.each([
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
    [4_294_967_301, 4_294_967_301n],
  ])('%s keeps all its digits', (given, expected) => {
    expect(TelegramID.parseValue(given)).toBe(expected)
    expect(TelegramID.serialize(expected)).toBe(String(expected))
  })

  test('an integer in the query keeps its digits, too', () => {
    const node = { kind: Kind.INT, value: '9007199254740993' } as const
    expect(TelegramID.parseLiteral(node)).toBe(9_007_199_254_740_993n)
  })

  test.each([
    '',
    '0',
    '-1',
    '+1',
    '01',
    '1.5',
    '1e3',
    ' 1',
    'abc',
    '9223372036854775808',
    0,
    -1,
    1.5,
    2 ** 53,
    Number.NaN,
    true,
    null,
    {},
    [1],
    5n,
  ])('%o is refused', (given) => {
    expect(() => TelegramID.parseValue(given)).toThrow('TelegramID must be')
  })
})

describe.each([
  [
    DateTime,
    ['2026-11-20T18:30:00Z', '2026-11-20T18:30:00.123+03:00'],
    [
      '2026-11-20',
      '2026-02-30T00:00:00Z',
      '2026-11-20T24:00:00Z',
      '2026-11-20T18:30:00',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+14:00',
      '9999-12-31T23:59:59-14:00',
      'now',
      5,
    ],
  ],
  [Day, ['2026-11-20', '2028-02-29'], ['0000-01-01', '2026-02-29', '2026-13-01', '20.11.2026', 5]],
  [LocalTime, ['00:00', '23:59'], ['24:00', '9:30', '12:60', '12:30:00']],
  [
    TimeZone,
    ['Europe/Moscow', 'UTC', 'America/Argentina/Buenos_Aires'],
    ['Mars/Olympus', '+03:00', 'MSK', ''],
  ],
  [LanguageTag, ['en', 'pt-BR', 'zh-Hans'], ['english', 'e', 'en_US', '']],
  [UUID, ['01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e'], ['01930f5e7b1a7cc28d6f1f2a3b4c5d6e', 'x', '']],
])('%s', (scalar, good, bad) => {
  test.each(good)('%s is accepted', (value) => {
    expect(() => scalar.parseValue(value)).not.toThrow()
  })
  test.each(bad)('%s is refused', (value) => {
    expect(() => scalar.parseValue(value)).toThrow(`${scalar.name} must be`)
  })
})

test('what goes in comes out: instants in UTC, days and times as they were', () => {
  expect(DateTime.serialize(DateTime.parseValue('2026-11-20T18:30:00+03:00'))).toBe(
    '2026-11-20T15:30:00.000Z',
  )
  expect(Day.serialize(Day.parseValue('2026-11-20'))).toBe('2026-11-20')
  expect(LocalTime.serialize(LocalTime.parseValue('18:30'))).toBe('18:30')
  expect(LanguageTag.parseValue('PT-br')).toBe('pt-BR')
})

test('a time zone is spelt as the database spells it, and an alias stays what it is', () => {
  expect(TimeZone.parseValue('EUROPE/MOSCOW')).toBe('Europe/Moscow')
  expect(TimeZone.parseValue('Europe/Kyiv')).toBe('Europe/Kyiv')
})
