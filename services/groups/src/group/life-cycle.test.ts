import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertGroup, insertTeacher, releaseTogether, tanya } from './fixture.ts'

const anna = 1_099_511_627_777n
const states = ['DRAFT', 'OPEN', 'RUNNING', 'FINISHED', 'ARCHIVED']

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'students', 'teachers'] })
  await insertTeacher(school)
  await insert(school.database('students'), 'students', { telegram_id: anna })
})
afterAll(() => school.close())

const groupIn = (status: string) => insertGroup(school, { capacity: 200, status })

/** Students by the state of their stay. */
async function insertStays(groupId: string, ...statuses: string[]): Promise<void> {
  let line = 0
  const rows = statuses.map((status, index) => ({
    group_id: groupId,
    student_telegram_id: index + 1,
    status,
    joined_at: ['ACTIVE', 'PAUSED', 'LEFT'].includes(status) ? '2026-01-05T10:00:00Z' : null,
    left_at: status === 'LEFT' ? '2026-01-06T10:00:00Z' : null,
    waiting_position: status === 'WAITLISTED' ? ++line : null,
  }))
  await insert(school.database('groups'), 'group_members', ...rows)
}

const update = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { status level } } }`
const change = (viewer: ReturnType<typeof as.admin>, id: string, fields: object) =>
  school.ask('groups', viewer, update, { input: { id, ...fields } })
const refusal = (answer: Answer) => answer.errors?.[0]?.extensions

async function read(text: string, ...values: unknown[]) {
  return (await school.database('groups').owner.query(text, values)).rows
}

describe('the steps', () => {
  const byTeacher = new Set([
    'DRAFT to OPEN',
    'DRAFT to ARCHIVED',
    'OPEN to DRAFT',
    'OPEN to RUNNING',
    'OPEN to ARCHIVED',
    'RUNNING to FINISHED',
    'FINISHED to ARCHIVED',
  ])
  const all = states.flatMap((from) => states.map((to) => [from, to]))

  test.each(all)('from %s to %s', async (from = '', to = '') => {
    for (const viewer of [as.teacher(tanya), as.admin()]) {
      const id = await groupIn(from)
      const answer = await change(viewer, id, { status: to, name: 'Changed' })
      const isReopening = from === 'FINISHED' && to === 'RUNNING'
      if (from === 'ARCHIVED') {
        expect(refusal(answer)).toEqual({ code: 'CONFLICT', reason: 'GROUP_ARCHIVED' })
      } else if (from === to || byTeacher.has(`${from} to ${to}`)) {
        expect(answer.data?.updateGroup.group.status).toBe(to)
      } else if (isReopening && viewer.kind === 'person' && viewer.role === 'ADMIN') {
        expect(answer.data?.updateGroup.group.status).toBe(to)
      } else {
        expect(refusal(answer)).toEqual(
          isReopening
            ? { code: 'FORBIDDEN' }
            : { code: 'CONFLICT', reason: 'STEP_NOT_ALLOWED', conflictsWith: { from, to } },
        )
      }
      const [row] = await read('SELECT name, status FROM groups WHERE id = $1', id)
      const isDone = answer.errors === undefined
      expect(row).toEqual(
        isDone ? { name: 'Changed', status: to } : { name: 'Evening English', status: from },
      )
    }
  })

  test.each(['ACTIVE', 'INVITED', 'WAITLISTED'])(
    'what is open stays so for who is %s',
    async (status) => {
      const id = await groupIn('OPEN')
      await insertStays(id, status, 'LEFT')
      expect(refusal(await change(as.admin(), id, { status: 'DRAFT' }))).toEqual({
        code: 'CONFLICT',
        reason: 'GROUP_NOT_EMPTY',
        conflictsWith: { members: 1 },
      })
    },
  )

  test('back to a draft when everybody has left', async () => {
    const id = await groupIn('OPEN')
    await insertStays(id, 'LEFT')
    expect((await change(as.teacher(tanya), id, { status: 'DRAFT' })).errors).toBeUndefined()
  })
})

describe('a group that is over', () => {
  const open = ['ACTIVE', 'PAUSED', 'INVITED', 'WAITLISTED', 'WAITLISTED', 'LEFT']

  test.each([
    ['FINISHED', 'RUNNING', 'COMPLETED'],
    ['ARCHIVED', 'OPEN', 'REMOVED'],
    ['ARCHIVED', 'DRAFT', 'REMOVED'],
    ['ARCHIVED', 'FINISHED', 'COMPLETED'],
  ])('is %s after %s: who had a seat is %s, links are revoked', async (to, from, seated) => {
    const id = await groupIn(from)
    await insertStays(id, ...open)
    const link = { group_id: id, expires_at: '2100-01-01', created_by_telegram_id: tanya }
    const revoked = '2026-02-01T00:00:00.000Z'
    await insert(
      school.database('groups'),
      'group_invitations',
      { ...link, token_hash: `\\x${id.replaceAll('-', '')}`, revoked_at: null },
      { ...link, token_hash: `\\x${id.replaceAll('-', '')}00`, revoked_at: revoked },
    )
    expect((await change(as.teacher(tanya), id, { status: to })).errors).toBeUndefined()

    const stays = await read(
      `SELECT status, left_at, waiting_position AS place FROM group_members
       WHERE group_id = $1 ORDER BY student_telegram_id`,
      id,
    )
    expect(stays.map(({ status }) => status)).toEqual([
      seated,
      seated,
      'REMOVED',
      'REMOVED',
      'REMOVED',
      'LEFT',
    ])
    for (const { left_at, place } of stays) {
      expect(left_at).toBeInstanceOf(Date)
      expect(place).toBeNull()
    }
    const links = await read(
      'SELECT revoked_at FROM group_invitations WHERE group_id = $1 ORDER BY token_hash',
      id,
    )
    expect(links[0].revoked_at).toBeInstanceOf(Date)
    expect(links[1].revoked_at).toEqual(new Date(revoked))

    const told = await read(
      `SELECT type, payload->>'status' AS status FROM outbox_events WHERE aggregate_id = $1
       ORDER BY sequence`,
      id,
    )
    const membership = 'groups.membership-changed'
    expect(told).toEqual([
      ...[seated, seated, 'REMOVED', 'REMOVED', 'REMOVED'].map((status) => ({
        type: membership,
        status,
      })),
      { type: 'groups.group-changed', status: to },
    ])
    const audited = await read(
      `SELECT DISTINCT actor FROM audit_log WHERE action = 'UPDATE' AND table_name = 'group_members'
         AND after->>'status' = $1`,
      seated,
    )
    expect(audited).toEqual([{ actor: `user:${tanya}` }])
  })

  test('takes nobody who was to be added while it was closed', async () => {
    const id = await groupIn('OPEN')
    const add = `mutation { addGroupMember(input: { groupId: "${id}", studentTelegramId: ${anna} }) { member { id } } }`
    const [answer] = await releaseTogether(
      school.database('groups'),
      id,
      () => [school.ask('groups', as.admin(), add)],
      (run) => run(`UPDATE groups SET status = 'FINISHED' WHERE id = '${id}'`),
    )
    expect(answer?.errors?.[0].extensions).toEqual({
      code: 'CONFLICT',
      reason: 'GROUP_CLOSED',
      conflictsWith: { status: 'FINISHED' },
    })
    expect(await read('SELECT FROM group_members WHERE group_id = $1', id)).toEqual([])
  })

  test('lets go of a full group and a long line in as many statements as of two', async () => {
    const finish = async (...stays: string[]) => {
      const id = await groupIn('RUNNING')
      await insertStays(id, ...stays)
      const statements = await school.statements('groups', async () => {
        expect((await change(as.admin(), id, { status: 'FINISHED' })).errors).toBeUndefined()
      })
      const told = await read('SELECT FROM outbox_events WHERE aggregate_id = $1', id)
      expect(told).toHaveLength(stays.length + 1)
      return statements.length
    }
    const few = await finish('ACTIVE', 'WAITLISTED')
    expect(await finish(...Array(200).fill('ACTIVE'), ...Array(800).fill('WAITLISTED'))).toBe(few)
  })
})
