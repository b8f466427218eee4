import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { insertGroup, tanya } from './fixture.ts'

const sam = 4_294_967_302n
const resting = 4_294_967_303n
const anna = 1_099_511_627_777n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'teachers'], jobs: true })
  await insert(
    school.database('teachers'),
    'teachers',
    { telegram_id: tanya, status: 'ACTIVE' },
    { telegram_id: sam, status: 'ACTIVE' },
    { telegram_id: resting, status: 'SUSPENDED' },
  )
})
afterAll(() => school.close())

let group: string
beforeEach(async () => {
  group = await insertGroup(school)
  const database = school.database('groups')
  await insert(database, 'group_members', {
    group_id: group,
    student_telegram_id: anna,
    status: 'ACTIVE',
    joined_at: '2026-01-05T10:00:00Z',
  })
  await insert(database, 'group_invitations', {
    group_id: group,
    token_hash: `\\x${group.replaceAll('-', '')}`,
    expires_at: '2100-01-01',
    created_by_telegram_id: tanya,
  })
})

const update = `mutation ($input: UpdateGroupInput!) {
  updateGroup(input: $input) {
    group {
      teacher { telegramId }
      members { nodes { status } }
      invitations { nodes { revokedAt } }
    }
  }
}`
const handOver = (viewer: Viewer, teacherTelegramId: bigint | null) =>
  school.ask('groups', viewer, update, { input: { id: group, teacherTelegramId } })

const ofTeacher = async (telegramId: bigint) => {
  const { rows } = await school
    .database('teachers')
    .owner.query('SELECT name FROM groups WHERE id = $1 AND teacher_telegram_id = $2', [
      group,
      telegramId,
    ])
  return rows.map(({ name }) => name)
}

test('an administrator hands a group over, with who and what is in it', async () => {
  await school.ask('groups', as.teacher(tanya), update, { input: { id: group } })
  await expect.poll(() => ofTeacher(tanya)).toEqual(['Evening English'])

  const answer = await handOver(as.admin(), sam)
  expect(answer.data?.updateGroup.group).toEqual({
    teacher: { telegramId: String(sam) },
    members: { nodes: [{ status: 'ACTIVE' }] },
    invitations: { nodes: [{ revokedAt: null }] },
  })
  await expect.poll(() => ofTeacher(sam)).toEqual(['Evening English'])
  expect(await ofTeacher(tanya)).toEqual([])
  const rename = (teacher: bigint) =>
    school.ask('groups', as.teacher(teacher), update, { input: { id: group, name: 'Mine' } })
  expect((await rename(sam)).errors).toBeUndefined()
  expect((await rename(tanya)).errors?.[0].extensions).toEqual({ code: 'FORBIDDEN' })
})

test.each<[string, Viewer, bigint, object]>([
  ['by its teacher', as.teacher(tanya), sam, { code: 'FORBIDDEN' }],
  ['to who is no teacher', as.admin(), anna, { field: 'input.teacherTelegramId' }],
  ['to who is suspended', as.admin(), resting, { reason: 'TEACHER_NOT_ACTIVE' }],
])('it is not handed over %s', async (_, viewer, teacher, refusal) => {
  const answer = await handOver(viewer, teacher)
  expect(answer.errors?.[0].extensions).toMatchObject(refusal)
  const { rows } = await school
    .database('groups')
    .owner.query('SELECT teacher_telegram_id AS teacher FROM groups WHERE id = $1', [group])
  expect(rows).toEqual([{ teacher: String(tanya) }])
})

test('null hands nothing over', async () => {
  const answer = await handOver(as.teacher(tanya), null)
  expect(answer.data?.updateGroup.group.teacher).toEqual({ telegramId: String(tanya) })
})
