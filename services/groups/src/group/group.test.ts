import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { draft, insertThreeGroups, over, running, tanya } from './fixture.ts'

const sam = 4_294_967_302n
const anna = 1_099_511_627_777n
const boris = 1_099_511_627_778n
const resting = 4_294_967_303n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'teachers'] })
  await insert(
    school.database('teachers'),
    'teachers',
    { telegram_id: tanya, timezone: 'Europe/Moscow', status: 'ACTIVE' },
    { telegram_id: resting, timezone: 'Europe/Moscow', status: 'SUSPENDED' },
  )
  await insert(school.database('teachers'), 'teacher_languages', {
    teacher_telegram_id: tanya,
    language: 'de',
    proficiency: 'C1',
    min_level: 'A1',
    max_level: 'B1',
  })
  await insertThreeGroups(school)
})
afterAll(() => school.close())

const create = `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id name status version teacher { telegramId } } } }`
const update = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { name capacity status endsOn version } } }`

const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

const input = { name: 'Deutsch am Abend', language: 'de', level: 'A2', capacity: 6 }

test('a teacher creates a draft of their own; the audit log says so', async () => {
  const answer = await school.ask('groups', as.teacher(tanya), create, { input })
  expect(answer.data?.createGroup.group).toMatchObject({
    name: 'Deutsch am Abend',
    status: 'DRAFT',
    version: 1,
    teacher: { telegramId: String(tanya) },
  })
  const { rows } = await school
    .database('groups')
    .owner.query(`SELECT actor, action, after->>'name' AS name FROM audit_log WHERE row_id = $1`, [
      answer.data?.createGroup.group.id,
    ])
  expect(rows).toEqual([{ actor: `user:${tanya}`, action: 'INSERT', name: 'Deutsch am Abend' }])
})

test.each([
  ['Übung — «Ça va?» ñ'],
  ['O\'Brien"; DROP TABLE groups; --'],
  ['日本語 🎓👩‍🏫 <script>'],
  ['\u200Fעברית $1 %s {{name}} \\'],
])('a name is kept as it is: %j', async (name) => {
  const answer = await school.ask('groups', as.teacher(tanya), create, {
    input: { ...input, name },
  })
  const { id } = answer.data?.createGroup.group ?? {}
  expect(answer.data?.createGroup.group.name).toBe(name)
  const changed = { id, name: `${name} 2` }
  const { data } = await school.ask('groups', as.teacher(tanya), update, { input: changed })
  expect(data?.updateGroup.group.name).toBe(`${name} 2`)
})

test.each([
  ['a student', as.student(anna), {}, 'FORBIDDEN'],
  ['a teacher for another teacher', as.teacher(sam), { teacherTelegramId: tanya }, 'FORBIDDEN'],
  ['nobody', as.anonymous, {}, 'UNAUTHENTICATED'],
  ['a service', as.service('calendar'), {}, 'FORBIDDEN'],
])('%s may not create one', async (_, viewer, change, refusal) => {
  const answer = await school.ask('groups', viewer, create, { input: { ...input, ...change } })
  expect(code(answer)).toBe(refusal)
})

test.each([
  ['input.name', { name: ' ' }],
  ['input.name', { name: 'x'.repeat(121) }],
  ['input.name', { name: 'a\0b' }],
  ['input.name', { name: '\u200B' }],
  ['input.name', { name: 'A\u202EB1' }],
  ['input.name', { name: '\u2800\u3164' }],
  ['input.capacity', { capacity: 0 }],
  ['input.capacity', { capacity: 201 }],
  ['input.level', { level: 'B9' }],
  ['input.language', { language: 'english' }],
  ['input.endsOn', { startsOn: '2026-02-01', endsOn: '2026-01-01' }],
  ['input.startsOn', { startsOn: '2026-02-30' }],
  ['input.teacherTelegramId', { teacherTelegramId: sam }],
  ['input.idempotencyKey', { idempotencyKey: '' }],
])('a wrong %s is named and nothing is written', async (field, wrong) => {
  const count = async () =>
    (await school.database('groups').owner.query('SELECT count(*) FROM groups')).rows
  const before = await count()
  const admin = { ...input, teacherTelegramId: tanya, ...wrong }
  const answer = await school.ask('groups', as.admin(), create, { input: admin })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
  expect(await count()).toEqual(before)
})

test('while teachers is away nothing is created, and the client is told to come back', async () => {
  const restart = await school.stop('teachers')
  try {
    const answer = await school.ask('groups', as.teacher(tanya), create, { input })
    expect(answer.errors?.[0].extensions).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      service: 'teachers',
    })
  } finally {
    await restart()
  }
})

test.each([
  ['themselves', as.teacher(resting), {}],
  ['an administrator', as.admin(), { teacherTelegramId: resting }],
])('nobody who is suspended gets a group: by %s', async (_, viewer, more) => {
  const answer = await school.ask('groups', viewer, create, { input: { ...input, ...more } })
  expect(answer.errors?.[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'TEACHER_NOT_ACTIVE',
    conflictsWith: { status: 'SUSPENDED' },
  })
})

test('a retry is answered although teachers is away by now', async () => {
  const variables = { input: { ...input, idempotencyKey: 'Ключ 🔑 “1”' } }
  const first = await school.ask('groups', as.teacher(tanya), create, variables)
  const restart = await school.stop('teachers')
  try {
    const second = await school.ask('groups', as.teacher(tanya), create, variables)
    expect(second).toEqual(first)
    expect(second.data?.createGroup.group.id).toEqual(expect.any(String))
  } finally {
    await restart()
  }
})

test('a change leaves the rest, and null removes', async () => {
  const answer = await school.ask('groups', as.teacher(tanya), update, {
    input: { id: running, endsOn: '2026-12-31', capacity: 4 },
  })
  expect(answer.data?.updateGroup.group).toEqual({
    name: 'Evening English',
    capacity: 4,
    status: 'RUNNING',
    endsOn: '2026-12-31',
    version: 2,
  })
  const removed = await school.ask('groups', as.admin(), update, {
    input: { id: running, endsOn: null },
  })
  expect(removed.data?.updateGroup.group).toMatchObject({ endsOn: null, version: 3 })
})

test('of two changes made from one version, one is refused as stale', async () => {
  const { data } = await school.ask('groups', as.admin(), create, {
    input: { ...input, teacherTelegramId: tanya },
  })
  const { id } = data?.createGroup.group ?? {}
  const answers = await Promise.all(
    ['One', 'Two'].map((name) =>
      school.ask('groups', as.admin(), update, { input: { id, expectedVersion: 1, name } }),
    ),
  )
  const refused = answers.filter((answer) => answer.errors)
  expect(refused).toHaveLength(1)
  expect(refused[0]?.errors?.[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'STALE',
    conflictsWith: { version: 2 },
  })
})

test('there are never fewer seats than members', async () => {
  const members = [anna, boris].map((student_telegram_id) => ({
    group_id: over,
    student_telegram_id,
    status: 'PAUSED',
    joined_at: '2026-01-05T10:00:00Z',
  }))
  await insert(school.database('groups'), 'group_members', ...members)
  const change = { id: over, capacity: 1 }
  const answer = await school.ask('groups', as.teacher(tanya), update, { input: change })
  expect(answer.errors?.[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'CAPACITY_BELOW_MEMBERS',
    conflictsWith: { members: 2 },
  })
})

test('null means "not given" where something must be; an empty description is none', async () => {
  const nothing = { name: null, capacity: null, level: null, status: null, description: ' ' }
  const { data } = await school.ask(
    'groups',
    as.teacher(tanya),
    'mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { name status description } } }',
    { input: { id: draft, ...nothing } },
  )
  expect(data?.updateGroup.group).toEqual({ name: 'Plans', status: 'DRAFT', description: null })
})

const nowhere = '01930000-0000-7000-8000-00000000dead'
test.each([
  ["another teacher's group", as.teacher(sam), running, 'FORBIDDEN'],
  ["another teacher's draft", as.teacher(sam), draft, 'FORBIDDEN'],
  ['a group that is not there', as.teacher(sam), nowhere, 'FORBIDDEN'],
  ['the group of who is a teacher no more', as.student(tanya), running, 'FORBIDDEN'],
  ['a group that is not there, by an administrator,', as.admin(), nowhere, 'NOT_FOUND'],
])('%s is not changed', async (_, viewer, id, refusal) => {
  expect(code(await school.ask('groups', viewer, update, { input: { id, name: 'X' } }))).toBe(
    refusal,
  )
})
