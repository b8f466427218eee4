import { lineOfText } from '@classgram/graphql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPerson } from './person.ts'

const odd = fc.constantFrom(
  '\0',
  '\ud800',
  '\u202e',
  '\u200b',
  '\u0306',
  '\u2800',
  '\n',
  ' ',
  'И',
  '🎓',
)
const names = fc.string({
  unit: fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 1 })),
  maxLength: 130,
})

test('whatever Telegram calls people, their names are as the school writes names', () => {
  fc.assert(
    fc.property(names, names, (first_name, last_name) => {
      const { firstName, lastName } = readPerson({ id: 5, first_name, last_name })
      expect(lineOfText(100).min(1).parse(firstName)).toBe(firstName)
      if (lastName !== null) expect(lineOfText(100).min(1).parse(lastName)).toBe(lastName)
      // Of what is cut off no half of a character stays.
      const given = `${first_name}${last_name}`.toWellFormed()
      if (!given.includes('\ufffd')) expect(`${firstName}${lastName}`).not.toContain('\ufffd')
    }),
    { numRuns: 1000 },
  )
})
