import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const [known, fresh, teacher] = [4_294_967_301n, 4_294_967_302n, 4_294_967_303n]

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['students'] })
  const row = { telegram_id: known, timezone: 'Europe/London', goals: 'Read novels' }
  await insert(school.database('students'), 'students', row)
})
afterAll(() => school.close())

const registering = `mutation ($input: RegisterStudentsInput!) {
  registerStudents(input: $input) { students { telegramId isNew } }
}`
const students = [
  { telegramId: known, timezone: 'UTC', mayBegin: false },
  { telegramId: fresh, timezone: 'Europe/Moscow', mayBegin: true },
  { telegramId: teacher, timezone: 'UTC', mayBegin: false },
]
const register = (isDryRun: boolean, viewer = as.service('groups')) =>
  school.ask('students', viewer, registering, { input: { students, isDryRun } })

const profiles = async () => {
  const { owner } = school.database('students')
  const { rows } = await owner.query('SELECT timezone, goals FROM students ORDER BY telegram_id')
  return rows
}

test('profiles are made for those who have none and may, and left as they are', async () => {
  const asBefore = { timezone: 'Europe/London', goals: 'Read novels' }
  const answer = (isNew: boolean) => [
    { telegramId: String(known), isNew: false },
    { telegramId: String(fresh), isNew },
  ]
  expect((await register(true)).data?.registerStudents.students).toEqual(answer(true))
  expect(await profiles()).toEqual([asBefore])
  expect((await register(false)).data?.registerStudents.students).toEqual(answer(true))
  expect(await profiles()).toEqual([asBefore, { timezone: 'Europe/Moscow', goals: null }])
  expect((await register(false)).data?.registerStudents.students).toEqual(answer(false))
  expect(await profiles()).toHaveLength(2)
})

test('for sister services alone', async () => {
  const { errors } = await register(true, as.admin())
  expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
})
