import { expect, test } from 'vitest'
import { inParallel } from './in-parallel.ts'

test('a few at a time; after a failure what is under way ends, and nothing begins', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const second = Promise.withResolvers<void>()
  const act = async (item: number) => {
    begun.push(item)
    if (item === 1) {
      // The other one is still at it, and ends later.
      setImmediate(second.resolve)
      throw new Error('one failed')
    }
    await second.promise
    ended.push(item)
  }
  await expect(inParallel([1, 2, 3], 2, act)).rejects.toThrow('one failed')
  expect([begun, ended]).toEqual([[1, 2], [2]])
})
