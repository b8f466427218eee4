import { describe, expect, test } from 'vitest'
import { beginningOf, decode, encode, isEncodable } from './encoding.ts'

const russian = 'Группа № 1; «Ёлка» — “да”'

describe('a file tells its encoding by what it holds', () => {
  test.each([
    ['UTF-8', encode(russian, 'utf-8'), 'utf-8'],
    ['UTF-8 with its mark', encode(beginningOf('utf-8') + russian, 'utf-8'), 'utf-8'],
    ['Windows-1251', encode(russian, 'windows-1251'), 'windows-1251'],
  ] as const)('%s', (_, bytes, encoding) => {
    expect(decode(bytes)).toEqual({ text: russian, encoding })
    expect(decode(bytes, encoding)).toEqual({ text: russian, encoding })
  })

  test.each([
    ['UTF-16', Buffer.from(`\ufeff${russian}`, 'utf16le'), undefined, 'is UTF-16'],
    ['another than was said', encode(russian, 'windows-1251'), 'utf-8' as const, 'is not UTF-8'],
  ])('%s is refused', (_, bytes, asked, message) => {
    expect(() => decode(bytes, asked)).toThrow(message)
  })
})

describe('UTF-8 that is damaged is not taken for Windows-1251', () => {
  const whole = encode(`a;b\n${russian}\n`, 'utf-8')
  const damaged = (change: (bytes: Uint8Array) => void) => {
    const bytes = Uint8Array.from(whole)
    change(bytes)
    return bytes
  }
  test.each([
    ['cut amid a character', whole.subarray(0, 11), 'byte 11 (line 2)'],
    ['cut amid the last one', encode('Анна', 'utf-8').subarray(0, 7), 'byte 7 (line 1)'],
    ['a broken byte in the middle', damaged((bytes) => bytes.set([0xff], 8)), 'byte 9 (line 2)'],
    ['a byte lost', Buffer.concat([whole.subarray(0, 6), whole.subarray(7)]), 'byte 7 (line 2)'],
    ['a mark before it', Buffer.from('efbbbfd0c0c1c2', 'hex'), 'byte 4 (line 1)'],
  ])('%s', (_, bytes, place) => {
    expect(() => decode(bytes)).toThrow(`damaged at ${place}`)
    expect(() => decode(bytes, 'utf-8')).toThrow(place)
    expect(decode(bytes, 'windows-1251').encoding).toBe('windows-1251')
  })

  test.each([
    ['letters that make pairs', 'Дёмина Алёна; «ЁЛКА»; ООО «Ромашка»; Фёдор Дё'],
    ['a single letter', 'first_name;Я'],
    ['capitals', 'ЁЖИК № 5 — ОЁ'],
    ['a few letters', 'group;teacher\nEvening;Ян\n'],
  ])('Windows-1251 stays what it is: %s', (_, text) => {
    expect(decode(encode(text, 'windows-1251'))).toEqual({ text, encoding: 'windows-1251' })
  })

  test('ASCII is UTF-8, too', () => {
    expect(decode(Buffer.from('group;Evening'))).toMatchObject({ encoding: 'utf-8' })
  })
})

test('every byte of Windows-1251 comes back, and what it has not is not lost in silence', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(encode(decode(bytes, 'windows-1251').text, 'windows-1251')).toEqual(bytes)
  expect(isEncodable(russian, 'windows-1251')).toBe(true)
  for (const text of ['Zoë', '😀', 'ქართული']) {
    expect(isEncodable(text, 'windows-1251')).toBe(false)
    expect(() => encode(text, 'windows-1251')).toThrow('no such character')
  }
})
