import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvent, readPayload, UnacceptableEventError } from './define-event.ts'

/** First it had a name, then a title, then a title in a language. */
const renamed = defineEvent({
  type: 'groups.renamed',
  version: 3,
  payload: z.object({ title: z.string(), language: z.string() }),
  upgrades: {
    1: (older) => ({ title: z.object({ name: z.string() }).parse(older).name }),
    2: (older) => ({ ...z.object({ title: z.string() }).parse(older), language: 'en' }),
  },
  subscribers: [],
})

test.each([
  [1, { name: 'Evening' }],
  [2, { title: 'Evening' }],
  [3, { title: 'Evening', language: 'en' }],
])('a payload of version %i is read as one of today', (version, data) => {
  expect(readPayload(renamed, { version, data })).toEqual({ title: 'Evening', language: 'en' })
})

test.each([
  ['newer than this service', { version: 4, data: { title: 'Evening', language: 'en' } }],
  ['does not fit: language', { version: 3, data: { title: 'Evening' } }],
])('one that is %s is refused', (reason, event) => {
  expect(() => readPayload(renamed, event)).toThrow(UnacceptableEventError)
  expect(() => readPayload(renamed, event)).toThrow(reason)
})

test('a version whose upgrade was taken away is refused', () => {
  const later = { ...renamed, upgrades: { 2: renamed.upgrades?.[2] ?? (() => {}) } }
  expect(() => readPayload(later, { version: 1, data: {} })).toThrow('cannot be read any more')
})
