import { expect, test } from 'vitest'
import { judgeBreaks } from './accepted-breaks.ts'

test('a break is accepted by its exact text and a reason', () => {
  const entries = `
# Meant breaks.
FIELD_REMOVED Group.a: gone; refused # nobody ever selected it
FIELD_REMOVED Group.b: gone; refused
FIELD_REMOVED Group.c: gone; refused # removed last year
`
  expect(
    judgeBreaks(
      ['FIELD_REMOVED Group.a: gone; refused', 'FIELD_REMOVED Group.b: gone; refused'],
      entries,
    ),
  ).toEqual({
    accepted: ['FIELD_REMOVED Group.a: gone; refused'],
    refused: ['FIELD_REMOVED Group.b: gone; refused'],
    stale: [
      'FIELD_REMOVED Group.b: gone; refused (no reason given)',
      'FIELD_REMOVED Group.c: gone; refused',
    ],
  })
})
