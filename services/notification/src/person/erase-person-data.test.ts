import { as, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const person = 4_294_967_301n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['notification'] })
})
afterAll(() => school.close())

const erase = async () => {
  const mutation = 'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }'
  const answer = await school.ask('notification', as.service('auth'), mutation, { id: person })
  expect(answer.errors).toBeUndefined()
  return answer.data.erasePersonData
}

test('of many who ask at once, none hears that it is done while something is left', async () => {
  const { owner } = school.database('notification')
  await owner.query(
    `BEGIN; SET LOCAL classgram.actor = 'system:test';
     INSERT INTO notifications (recipient_telegram_id, kind, text, dedup_key)
     SELECT ${person}, 'ANNOUNCEMENT', 'Snow!', n::text FROM generate_series(1, 5500) n;
     COMMIT`,
  )
  const eraseAll = async (): Promise<number> => {
    const { isDone, rows } = await erase()
    if (!isDone) return rows.notifications + (await eraseAll())
    const { rows: left } = await owner.query('SELECT id FROM notifications')
    expect(left).toHaveLength(0)
    return rows.notifications
  }
  const removed = await Promise.all([eraseAll(), eraseAll(), eraseAll()])
  expect(removed.reduce((sum, count) => sum + count)).toBe(5_500)
})
