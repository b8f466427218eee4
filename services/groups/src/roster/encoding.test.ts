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

test('every byte of Windows-1251 comes back, and what it has not is not lost in silence', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(encode(decode(bytes, 'windows-1251').text, 'windows-1251')).toEqual(bytes)
  expect(isEncodable(russian, 'windows-1251')).toBe(true)
  for (const text of ['Zoë', '😀', 'ქართული']) {
    expect(isEncodable(text, 'windows-1251')).toBe(false)
    expect(() => encode(text, 'windows-1251')).toThrow('no such character')
  }
})
