import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const anna = 1_099_511_627_777n
const boris = 9_007_199_254_740_995n
const tanya = 4_294_967_301n
const [past, draft, strange] = [1, 2, 3].map((n) => `01930000-0000-7000-8000-00000000000${n}`)

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
  const groups = school.database('groups')
  const common = { language: 'en', level: 'B1', teacher_telegram_id: tanya, capacity: 9 }
  await insert(
    groups,
    'groups',
    { ...common, id: past, name: 'Past', status: 'FINISHED', starts_on: '2026-01-05' },
    { ...common, id: draft, name: 'Draft', status: 'DRAFT', starts_on: null },
    { ...common, id: strange, name: 'Strange', status: 'OPEN', starts_on: null },
  )
  const joined_at = '2026-01-05T10:00:00Z'
  const left_at = '2026-02-05T10:00:00Z'
  await insert(
    groups,
    'group_members',
    { group_id: past, student_telegram_id: anna, status: 'LEFT', joined_at, left_at },
    { group_id: past, student_telegram_id: anna, status: 'COMPLETED', joined_at, left_at },
    { group_id: draft, student_telegram_id: anna, status: 'ACTIVE', joined_at, left_at: null },
    { group_id: strange, student_telegram_id: boris, status: 'ACTIVE', joined_at, left_at: null },
  )
  await insert(
    groups,
    'group_progress',
    ...[anna, boris, null].map((student_telegram_id) => ({
      group_id: past,
      student_telegram_id,
      unit: 'Unit 1',
      percentage: 80,
      score: '7.50',
      note: 'Good',
      recorded_by_telegram_id: tanya,
    })),
  )
})
afterAll(() => school.close())

const query = `query ($id: TelegramID!) { personData(telegramId: $id) }`
const read = async (id: bigint) =>
  (await school.ask('groups', as.service('auth'), query, { id })).data.personData

test('a member gets every stay, and of the groups what everybody may know, drafts apart', async () => {
  const data = await read(anna)
  expect(Object.keys(data)).toEqual([
    'group_member_states',
    'group_members',
    'group_progress',
    'groups_as_member',
  ])
  expect(data.group_members).toHaveLength(3)
  expect(data.groups_as_member).toEqual([
    {
      id: past,
      teacher_telegram_id: String(tanya),
      name: 'Past',
      description: null,
      language: 'en',
      level: 'B1',
      status: 'FINISHED',
      starts_on: '2026-01-05',
      ends_on: null,
    },
  ])
})

test('progress is told where it is the student’s own', async () => {
  const { group_progress: progress } = await read(anna)
  expect(progress).toMatchObject([{ student_telegram_id: String(anna), score: '7.50' }])
})

test('a teacher gets the groups, not who is in them', async () => {
  const data = await read(tanya)
  expect(Object.keys(data)).toEqual(['groups'])
  expect(data.groups).toHaveLength(3)
})
