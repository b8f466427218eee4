import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { insertGroup, tanya } from '../group/fixture.ts'

const students = [11n, 12n, 13n, 14n, 15n, 16n]

let school: TestSchool
let group: string
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
})
beforeEach(async () => {
  group = await openGroup()
})
afterAll(() => school.close())

/** A group with one seat: the first has it, the others wait. */
async function openGroup(): Promise<string> {
  const id = await insertGroup(school)
  await insert(
    school.database('groups'),
    'group_members',
    ...students.map((student_telegram_id, index) => ({
      group_id: id,
      student_telegram_id,
      status: index === 0 ? 'ACTIVE' : 'WAITLISTED',
      joined_at: index === 0 ? '2026-01-05T10:00:00Z' : null,
      waiting_position: index || null,
    })),
  )
  return id
}

async function erase(telegramId: bigint) {
  const mutation = 'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }'
  const { data, errors } = await school.ask('groups', as.service('auth'), mutation, {
    id: telegramId,
  })
  expect(errors).toBeUndefined()
  expect(data.erasePersonData.isDone).toBe(true)
  return data.erasePersonData.rows
}

/** Who waits in a group, in order, each with their place. */
async function line(id = group) {
  const { rows } = await school.database('groups').owner.query(
    `SELECT student_telegram_id::int AS student, waiting_position AS place FROM group_members
     WHERE group_id = $1 AND status = 'WAITLISTED' ORDER BY waiting_position`,
    [id],
  )
  return rows.map(({ student, place }) => [place, student])
}

test('who waited is gone from the line in every group, and those behind move up', async () => {
  const other = await openGroup()
  expect(await erase(13n)).toMatchObject({ group_members: 2 })
  for (const id of [group, other]) {
    expect(await line(id)).toEqual([
      [1, 12],
      [2, 14],
      [3, 15],
      [4, 16],
    ])
  }
  expect(await erase(13n)).toEqual({
    group_members: 0,
    group_progress: 0,
    group_invitations: 0,
    idempotency_keys: 0,
    outbox_events: 0,
  })
})

test('a seat that was given up is free, and the stay over and on record', async () => {
  await erase(11n)
  const { rows } = await school.database('groups').owner.query(
    `SELECT status, left_at IS NOT NULL AS left, version FROM group_members
     WHERE group_id = $1 AND student_telegram_id = 11`,
    [group],
  )
  expect(rows).toEqual([{ status: 'LEFT', left: true, version: 2 }])
  const next = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status } } }`
  const { rows: waiting } = await school
    .database('groups')
    .owner.query(`SELECT id FROM group_members WHERE group_id = $1 AND waiting_position = 1`, [
      group,
    ])
  const { data } = await school.ask('groups', as.teacher(tanya), next, {
    input: { id: waiting[0].id, status: 'ACTIVE' },
  })
  expect(data.updateGroupMember.member.status).toBe('ACTIVE')
})

test('many of one line at once leave a line without gaps', async () => {
  await openGroup()
  await Promise.all([12n, 14n, 15n, 16n, 12n].map(erase))
  expect(await line()).toEqual([[1, 13]])
})

test('a group of an erased teacher remains as it is', async () => {
  const groups = async () =>
    (await school.database('groups').owner.query('SELECT * FROM groups WHERE id = $1', [group]))
      .rows
  const before = await groups()
  expect(await erase(tanya)).toMatchObject({ group_members: 0 })
  expect(await groups()).toEqual(before)
})
