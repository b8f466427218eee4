import { randomUUID } from 'node:crypto'
import { as, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { insertGroupWithStays, insertStudents, refusal, sam, students, tanya } from './fixture.ts'

let school: TestSchool
let group: string
let now: number
beforeAll(async () => {
  school = await startSchool({
    services: ['groups', 'students'],
    overrides: { clock: () => new Date(now) },
  })
  await insertStudents(school)
})
beforeEach(async () => {
  group = await insertGroupWithStays(school)
  now = Date.now()
})
afterAll(() => school.close())

const fields = 'id unit topic percentage score note recordedAt student { telegramId }'
const mutate = async (name: string, input: object, viewer: Viewer = as.teacher(tanya)) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`
  const query = `mutation ($input: ${type}) { ${name}(input: $input) { progress { ${fields} recordedBy { telegramId } } } }`
  const answer = await school.ask('groups', viewer, query, { input })
  const message: string | undefined = answer.errors?.[0].message
  return { refusal: refusal(answer), message, progress: answer.data?.[name].progress }
}
const unit = { unit: 'Past tenses', percentage: 40 }
const record = (input: object = {}, viewer?: Viewer) =>
  mutate('recordGroupProgress', { groupId: group, ...unit, ...input }, viewer)
const rows = async (sql: string) => (await school.database('groups').owner.query(sql)).rows
const count = async () => (await rows('SELECT FROM group_progress')).length
const trail = (id: string) =>
  rows(`SELECT action, actor, before->>'note' AS before, after->>'note' AS after
    FROM audit_log WHERE table_name = 'group_progress' AND row_id = '${id}' ORDER BY created_at`)

test('a teacher records what a student has reached; the student and the group read it', async () => {
  const { progress } = await record({
    studentTelegramId: students.active,
    topic: ' Irregular verbs ',
    score: 19.99,
    note: 'Mixes up “lay” and “lie”',
    recordedAt: '2026-02-01T18:00:00Z',
  })
  const whole = await record({ topic: ' ' })
  expect(progress).toEqual({
    id: expect.any(String),
    unit: 'Past tenses',
    topic: 'Irregular verbs',
    percentage: 40,
    score: 19.99,
    note: 'Mixes up “lay” and “lie”',
    recordedAt: '2026-02-01T18:00:00.000Z',
    student: { telegramId: String(students.active) },
    recordedBy: { telegramId: String(tanya) },
  })
  expect(whole.progress).toMatchObject({ topic: null, score: null, note: null, student: null })
  const { data } = await school.ask(
    'groups',
    as.student(students.active),
    `query ($keys: [_Any!]!) { _entities(representations: $keys) {
      ... on Student { progress { nodes { id } } } ... on Group { progress { nodes { id } } } } }`,
    {
      keys: [
        { __typename: 'Student', telegramId: String(students.active) },
        { __typename: 'Group', id: group },
      ],
    },
  )
  expect(data?._entities).toEqual([
    { progress: { nodes: [{ id: progress.id }] } },
    { progress: { nodes: [{ id: whole.progress.id }] } },
  ])
})

test('a record is corrected and taken back; the log tells that, but not the note', async () => {
  const { progress } = await record({ topic: 'Verbs', score: 5, note: 'Tired' })
  const { id } = progress
  const changed = await mutate('updateGroupProgress', {
    id,
    unit: null,
    percentage: null,
    recordedAt: null,
    topic: '',
    score: null,
    note: 'Awake',
  })
  expect(changed.progress).toEqual({ ...progress, topic: null, score: null, note: 'Awake' })
  const again = await mutate('updateGroupProgress', { id, percentage: 100 }, as.admin())
  expect(again.progress).toEqual({ ...changed.progress, percentage: 100 })
  const removed = await mutate('removeGroupProgress', { id })
  expect(removed.progress).toEqual(again.progress)
  expect(await trail(id)).toEqual([
    { action: 'INSERT', actor: `user:${tanya}`, before: null, after: '***' },
    { action: 'UPDATE', actor: `user:${tanya}`, before: '***', after: '***' },
    { action: 'UPDATE', actor: 'user:9000000001', before: null, after: null },
    { action: 'DELETE', actor: `user:${tanya}`, before: '***', after: null },
  ])
})

test('who takes a record back twice hears the same as of a record of others', async () => {
  const { id } = (await record()).progress
  await mutate('removeGroupProgress', { id })
  const twice = await mutate('removeGroupProgress', { id })
  expect(twice.refusal).toEqual({ code: 'FORBIDDEN' })
  expect(twice.message).toBe('None of your groups has this record, or has it any more.')
  const others = (await record()).progress
  const removed = await mutate('removeGroupProgress', { id: others.id }, as.teacher(sam))
  expect(removed.message).toBe(twice.message)
})

test('of a student who was erased nothing is recorded', async () => {
  const before = await count()
  for (const viewer of [as.teacher(tanya), as.admin()]) {
    const { refusal } = await record({ studentTelegramId: students.erased }, viewer)
    expect(refusal).toEqual({ code: 'BAD_USER_INPUT', field: 'input.studentTelegramId' })
  }
  expect(await count()).toBe(before)
})

test('what is recorded now is the latest, also when the clock was put back', async () => {
  const first = await record({ studentTelegramId: students.active })
  now -= 86_400_000
  const second = await record({ studentTelegramId: students.active, percentage: 80 })
  const after = Date.parse(second.progress.recordedAt) - Date.parse(first.progress.recordedAt)
  expect(after).toBe(1)
  const { progress } = await record({ studentTelegramId: students.paused })
  expect(Date.parse(progress.recordedAt)).toBe(now)
})

test('a client’s clock may be a minute ahead', async () => {
  const at = (ms: number) => record({ recordedAt: new Date(now + ms) })
  expect((await at(60_000)).refusal).toBeUndefined()
  expect((await at(60_001)).refusal?.field).toBe('input.recordedAt')
})

test('units that look alike are stored alike', async () => {
  const { progress } = await record({ unit: ' Cafe\u0301 \t 1', topic: 'Au\u00a0bar\n' })
  expect(progress).toMatchObject({ unit: 'Café 1', topic: 'Au bar' })
  const { id } = progress
  const changed = await mutate('updateGroupProgress', { id, unit: 'E\u0301te\u0301' })
  expect(changed.progress).toMatchObject({ unit: 'Été', topic: 'Au bar' })
})

test.each([
  ['has a seat', students.active, undefined],
  ['pauses', students.paused, undefined],
  ['stayed to the end', students.completed, undefined],
  ['left', students.left, undefined],
  ['declined', students.declined, 'NOT_A_MEMBER'],
  ['is invited', students.invited, 'NOT_A_MEMBER'],
  ['is not of the group', students.outsider, 'NOT_A_MEMBER'],
])('of a student who %s', async (_, studentTelegramId, reason) => {
  expect((await record({ studentTelegramId })).refusal?.reason).toBe(reason)
})

test.each([
  ['DRAFT', 'GROUP_CLOSED'],
  ['OPEN', undefined],
  ['FINISHED', undefined],
  ['ARCHIVED', 'GROUP_CLOSED'],
])('of a group that is %s', async (status, reason) => {
  group = await insertGroupWithStays(school, status)
  for (const viewer of [as.teacher(tanya), as.admin()]) {
    expect((await record({}, viewer)).refusal?.reason).toBe(reason)
  }
})

test.each([
  ['another teacher', as.teacher(sam), 'FORBIDDEN'],
  ['a member', as.student(students.active), 'FORBIDDEN'],
  ['who was its teacher', as.student(tanya), 'FORBIDDEN'],
  ['a service', as.service('calendar'), 'FORBIDDEN'],
  ['a program', as.machine('students:read', 'groups:read'), 'FORBIDDEN'],
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
] as [string, Viewer, string][])('%s records and changes nothing', async (_, viewer, code) => {
  const { progress } = await record()
  const before = await count()
  for (const groupId of [group, randomUUID()]) {
    expect((await record({ groupId }, viewer)).refusal).toEqual({ code })
  }
  for (const id of [progress.id, randomUUID()]) {
    for (const act of ['updateGroupProgress', 'removeGroupProgress']) {
      expect((await mutate(act, { id }, viewer)).refusal).toEqual({ code })
    }
  }
  expect(await trail(progress.id)).toHaveLength(1)
  expect(await count()).toBe(before)
})

test('administrators are told that something is not there', async () => {
  const missing = { code: 'NOT_FOUND' }
  expect((await record({ groupId: randomUUID() }, as.admin())).refusal).toEqual(missing)
  for (const act of ['updateGroupProgress', 'removeGroupProgress']) {
    expect((await mutate(act, { id: randomUUID() }, as.admin())).refusal).toEqual(missing)
  }
})

test.each([
  ['unit', ' '],
  ['unit', 'x'.repeat(121)],
  ['unit', '\u200B\u2060'],
  ['unit', 'Past \u202Etenses'],
  ['topic', '\u200B'],
  ['topic', 'Bell \u0007'],
  ['topic', 'x'.repeat(201)],
  ['percentage', -1],
  ['percentage', 101],
  ['score', -0.01],
  ['score', 1_000_000],
  ['score', 0.125],
  ['note', 'x'.repeat(2001)],
  ['note', 'a\0b'],
  ['recordedAt', '2999-01-01T00:00:00Z'],
  ['recordedAt', '0001-01-01T00:00:00Z'],
  ['recordedAt', '1999-12-31T23:59:59Z'],
])('a wrong %s is named: %j', async (field, value) => {
  const { progress } = await record()
  const wrong = { code: 'BAD_USER_INPUT', field: `input.${field}` }
  expect((await record({ [field]: value })).refusal).toEqual(wrong)
  const change = { id: progress.id, [field]: value }
  expect((await mutate('updateGroupProgress', change)).refusal).toEqual(wrong)
  expect(await trail(progress.id)).toHaveLength(1)
})

test.each([
  ['percentage', 0],
  ['percentage', 100],
  ['score', 0],
  ['score', 0.07],
  ['score', 999_999.99],
  ['recordedAt', '2000-01-01T00:00:00.000Z'],
  ['note', '日本語 🎓 O\'Brien"; -- <script>'],
])('what is just within bounds is kept as it is: %s %j', async (field, value) => {
  expect((await record({ [field]: value })).progress).toMatchObject({ [field]: value })
})

test('a retry with the same key records nothing new, and not what was taken back either', async () => {
  const before = await count()
  const input = { groupId: group, idempotencyKey: group, note: 'Once' }
  const attempts = await Promise.all(Array.from({ length: 5 }, () => record(input)))
  const [id, ...others] = new Set(attempts.map(({ progress }) => progress?.id))
  expect([typeof id, others]).toEqual(['string', []])
  expect(await count()).toBe(before + 1)
  expect((await record({ ...input, note: 'Twice' })).refusal).toEqual({
    code: 'CONFLICT',
    reason: 'IDEMPOTENCY_KEY_REUSED',
  })
  await mutate('removeGroupProgress', { id })
  expect((await record(input)).refusal).toEqual({ code: 'NOT_FOUND' })
})

test('corrected and taken back at once, a record is gone and nobody meets an error of ours', async () => {
  const { progress } = await record()
  const { id } = progress
  const answers = await Promise.all([
    ...Array.from({ length: 3 }, () => mutate('updateGroupProgress', { id, percentage: 50 })),
    ...Array.from({ length: 3 }, () => mutate('removeGroupProgress', { id })),
  ])
  const codes = answers.slice(3).map((answer) => answer.refusal?.code)
  expect(codes.sort()).toEqual(['FORBIDDEN', 'FORBIDDEN', undefined])
  expect(answers.map((answer) => answer.refusal?.code)).not.toContain('INTERNAL')
  expect(await rows(`SELECT FROM group_progress WHERE id = '${id}'`)).toEqual([])
})
