import type { FastifyBaseLogger } from 'fastify'
import { expect, test, vi } from 'vitest'
import { startHousekeeping } from './housekeeping.ts'

test('a chore that fails in several places is one line in the log, with the reason of each', async () => {
  const warn = vi.fn()
  const housekeeping = startHousekeeping({
    chores: {
      offers: async () => {
        throw new AggregateError([new Error('Invalid call:\n\nno (group 1)'), new Error('late')])
      },
    },
    everySeconds: 0.01,
    askFor: () => () => Promise.reject(new Error('nobody is to be asked')),
    logger: { warn } as unknown as FastifyBaseLogger,
  })
  await expect.poll(() => warn.mock.calls.length).toBeGreaterThan(0)
  await housekeeping.stop()
  expect(warn.mock.calls[0]).toEqual([
    expect.objectContaining({ chore: 'offers', reason: 'no (group 1); Error: late' }),
    'housekeeping failed',
  ])
})
