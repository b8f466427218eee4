import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const tanya = 4_294_967_301n
const sam = 4_294_967_302n
const anna = 1_099_511_627_777n
const boris = 1_099_511_627_778n
const running = '01930000-0000-7000-8000-000000000001'
const draft = '01930000-0000-7000-8000-000000000002'

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'teachers'] })
  await insert(school.database('teachers'), 'teachers', {
    telegram_id: tanya,
    timezone: 'Europe/Moscow',
    status: 'ACTIVE',
  })
  const common = { language: 'en', level: 'B1', teacher_telegram_id: tanya, capacity: 3 }
  await insert(
    school.database('groups'),
    'groups',
    {
      ...common,
      id: running,
      name: 'Evening English',
      status: 'RUNNING',
      created_at: '2026-01-01',
    },
    { ...common, id: draft, name: 'Plans', status: 'DRAFT', created_at: '2026-01-02' },
  )
  await insert(school.database('groups'), 'group_members', {
    group_id: running,
    student_telegram_id: anna,
    status: 'ACTIVE',
    joined_at: '2026-01-05T10:00:00Z',
  })
})
afterAll(() => school.close())

const read = `query ($id: UUID!) { group(id: $id) { id name level status freeSeats teacher { telegramId } } }`
const create = `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id name status version teacher { telegramId } } } }`
const update = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { name capacity status endsOn version } } }`

const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

describe('reading', () => {
  test('everybody signed in sees a group, its free seats and who teaches it', async () => {
    expect(await school.ask('groups', as.student(boris), read, { id: running })).toEqual({
      data: {
        group: {
          id: running,
          name: 'Evening English',
          level: 'B1',
          status: 'RUNNING',
          freeSeats: 2,
          teacher: { telegramId: String(tanya) },
        },
      },
    })
    expect(code(await school.ask('groups', as.anonymous, read, { id: running }))).toBe(
      'UNAUTHENTICATED',
    )
  })

  test('a draft exists for its teacher and administrators alone', async () => {
    const names = async (viewer: Parameters<typeof school.ask>[1]) => {
      const list = await school.ask('groups', viewer, '{ groups { nodes { name } } }')
      const one = await school.ask('groups', viewer, read, { id: draft })
      return [
        list.data?.groups.nodes.map((group: { name: string }) => group.name),
        one.data?.group?.name,
      ]
    }
    const all = ['Evening English', 'Plans']
    expect(await names(as.teacher(tanya))).toEqual([all, 'Plans'])
    expect(await names(as.admin())).toEqual([all, 'Plans'])
    expect(await names(as.teacher(sam))).toEqual([['Evening English'], undefined])
    expect(await names(as.student(anna))).toEqual([['Evening English'], undefined])
  })

  const members = `query ($id: UUID!) { group(id: $id) { members { nodes { status student { telegramId } } } } }`
  test.each([
    ['its teacher', as.teacher(tanya), undefined],
    ['a member', as.student(anna), undefined],
    ['an administrator', as.admin(), undefined],
    ['another student', as.student(boris), 'FORBIDDEN'],
    ['another teacher', as.teacher(sam), 'FORBIDDEN'],
    ['a service', as.service('calendar'), 'FORBIDDEN'],
  ])('members are read by %s', async (_, viewer, refusal) => {
    const answer = await school.ask('groups', viewer, members, { id: running })
    expect(code(answer)).toBe(refusal)
    const nodes = [{ status: 'ACTIVE', student: { telegramId: String(anna) } }]
    expect(answer.data?.group.members).toEqual(refusal ? null : { nodes })
  })

  test.each([
    ['themselves', as.student(anna), undefined],
    ['their teacher', as.teacher(tanya), undefined],
    ['another teacher', as.teacher(sam), 'FORBIDDEN'],
    ['a classmate', as.student(boris), 'FORBIDDEN'],
  ])("a person's groups are read by %s", async (_, viewer, refusal) => {
    const answer = await school.ask(
      'groups',
      viewer,
      `query ($who: [_Any!]!) { _entities(representations: $who) { ... on User { groups { name } } } }`,
      { who: [{ __typename: 'User', telegramId: String(anna) }] },
    )
    expect(code(answer)).toBe(refusal)
    const groups = refusal ? null : [{ name: 'Evening English' }]
    expect(answer.data?._entities).toEqual([{ groups }])
  })

  test.each([
    ['a key that is no id', { __typename: 'User', telegramId: 'abc' }],
    ['a key that is no UUID', { __typename: 'Group', id: "1'; DROP TABLE groups" }],
  ])('%s is refused', async (_, representation) => {
    const answer = await school.ask(
      'groups',
      as.admin(),
      `query ($who: [_Any!]!) { _entities(representations: $who) { __typename } }`,
      { who: [representation] },
    )
    expect(code(answer)).toBe('BAD_USER_INPUT')
  })

  test('sisters learn who is taught by whom; nobody else may ask', async () => {
    const question = `query ($t: TelegramID!, $s: [TelegramID!]!) { taughtStudents(teacherTelegramId: $t, studentTelegramIds: $s) }`
    const variables = { t: tanya, s: [anna, boris] }
    const answer = await school.ask('groups', as.service('auth'), question, variables)
    expect(answer).toEqual({ data: { taughtStudents: [String(anna)] } })
    expect(code(await school.ask('groups', as.admin(), question, variables))).toBe('FORBIDDEN')
  })
})

describe('writing', () => {
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
      .owner.query(
        `SELECT actor, action, after->>'name' AS name FROM audit_log WHERE row_id = $1`,
        [answer.data?.createGroup.group.id],
      )
    expect(rows).toEqual([{ actor: `user:${tanya}`, action: 'INSERT', name: 'Deutsch am Abend' }])
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

  test.each([
    ["another teacher's group", as.teacher(sam), running, 'FORBIDDEN'],
    ['a group that is not there', as.admin(), '01930000-0000-7000-8000-00000000dead', 'NOT_FOUND'],
  ])('%s is not changed', async (_, viewer, id, refusal) => {
    expect(code(await school.ask('groups', viewer, update, { input: { id, name: 'X' } }))).toBe(
      refusal,
    )
  })
})
