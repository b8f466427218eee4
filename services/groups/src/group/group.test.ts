import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const teacher = 4_294_967_301n
const group = '01930000-0000-7000-8000-000000000001'

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
  await insert(school.database('groups'), 'groups', {
    id: group,
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: teacher,
    capacity: 8,
    status: 'RUNNING',
  })
})
afterAll(() => school.close())

test('a signed-in person reads a group', async () => {
  const answer = await school.ask(
    'groups',
    as.student(5_000_000_001n),
    `query ($id: UUID!) { group(id: $id) { id name level status freeSeats teacher { telegramId } } }`,
    { id: group },
  )
  expect(answer).toEqual({
    data: {
      group: {
        id: group,
        name: 'Evening English',
        level: 'B1',
        status: 'RUNNING',
        freeSeats: 8,
        teacher: { telegramId: String(teacher) },
      },
    },
  })
})
