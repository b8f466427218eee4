import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const [active, suspended, nobody] = [4_294_967_301n, 4_294_967_302n, 4_294_967_303n]

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['teachers'] })
  await insert(
    school.database('teachers'),
    'teachers',
    { telegram_id: active, timezone: 'UTC', status: 'ACTIVE' },
    { telegram_id: suspended, timezone: 'UTC', status: 'SUSPENDED' },
  )
})
afterAll(() => school.close())

const ask = (telegramIds: bigint[]) =>
  school.ask(
    'teachers',
    as.service('groups'),
    'query ($ids: [TelegramID!]!) { knownTeachers(telegramIds: $ids) { telegramId status } }',
    { ids: telegramIds },
  )

test('sisters ask for many teachers at once, in one statement', async () => {
  const ids = [active, nobody, suspended]
  const { data } = await ask(ids)
  expect(data?.knownTeachers).toHaveLength(2)
  expect(data?.knownTeachers).toEqual(
    expect.arrayContaining([
      { telegramId: String(active), status: 'ACTIVE' },
      { telegramId: String(suspended), status: 'SUSPENDED' },
    ]),
  )
  expect(await school.statements('teachers', () => ask(ids))).toHaveLength(1)
})

test('no more than 500 at a time', async () => {
  const { errors } = await ask(Array.from({ length: 501 }, (_, number) => BigInt(number + 1)))
  expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'telegramIds' })
})
