import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { draft, insertThreeGroups, over, running, tanya } from './fixture.ts'

const sam = 4_294_967_302n
const anna = 1_099_511_627_777n
const boris = 1_099_511_627_778n
const [invited, waiting, paused] = [1_099_511_627_779n, 1_099_511_627_780n, 1_099_511_627_781n]

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
  await insertThreeGroups(school)
  await insert(
    school.database('groups'),
    'group_members',
    stay(running, anna, 'ACTIVE'),
    stay(draft, anna, 'ACTIVE'),
    stay(over, paused, 'PAUSED'),
    stay(running, invited, 'INVITED'),
    stay(running, waiting, 'WAITLISTED'),
  )
})
afterAll(() => school.close())

function stay(group_id: string, student_telegram_id: bigint, status: string) {
  const isSeated = status === 'ACTIVE' || status === 'PAUSED'
  return {
    group_id,
    student_telegram_id,
    status,
    joined_at: isSeated ? '2026-01-05T10:00:00Z' : null,
    waiting_position: status === 'WAITLISTED' ? 1 : null,
  }
}

const read = `query ($id: UUID!) { group(id: $id) { id name level status freeSeats teacher { telegramId } } }`

const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

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
  const all = ['Evening English', 'Plans', 'Last year']
  const known = ['Evening English', 'Last year']
  expect(await names(as.teacher(tanya))).toEqual([all, 'Plans'])
  expect(await names(as.admin())).toEqual([all, 'Plans'])
  expect(await names(as.teacher(sam))).toEqual([known, undefined])
  expect(await names(as.student(anna))).toEqual([known, undefined])
  expect(await names(as.student(tanya))).toEqual([known, undefined])
})

const members = `query ($id: UUID!) { group(id: $id) { members(status: [ACTIVE, PAUSED]) { nodes { status student { telegramId } } } } }`
test.each([
  ['its teacher', as.teacher(tanya), undefined],
  ['a member', as.student(anna), undefined],
  ['an administrator', as.admin(), undefined],
  ['another student', as.student(boris), 'FORBIDDEN'],
  ['who is invited and has not answered', as.student(invited), 'FORBIDDEN'],
  ['who waits for a seat', as.student(waiting), 'FORBIDDEN'],
  ['another teacher', as.teacher(sam), 'FORBIDDEN'],
  ['its teacher, who is a teacher no more', as.student(tanya), 'FORBIDDEN'],
  ['a service', as.service('calendar'), 'FORBIDDEN'],
])('members are read by %s', async (_, viewer, refusal) => {
  const answer = await school.ask('groups', viewer, members, { id: running })
  expect(code(answer)).toBe(refusal)
  const nodes = [{ status: 'ACTIVE', student: { telegramId: String(anna) } }]
  expect(answer.data?.group.members).toEqual(refusal ? null : { nodes })
})

test('who pauses is a member still, also when the group is over', async () => {
  const answer = await school.ask('groups', as.student(paused), members, { id: over })
  expect(answer.data?.group.members.nodes).toMatchObject([{ status: 'PAUSED' }])
})

const english = { name: 'Evening English' }
const plans = { name: 'Plans' }
const ofPerson = `query ($who: [_Any!]!) { _entities(representations: $who) { ... on User { groups { name } } ... on Student { groups { name } } } }`
test.each([
  ['themselves', as.student(anna), [english]],
  ['their teacher', as.teacher(tanya), [english, plans]],
  ['an administrator', as.admin(), [english, plans]],
  ['another teacher', as.teacher(sam), null],
  ['their teacher, who is a teacher no more', as.student(tanya), null],
  ['a classmate', as.student(boris), null],
])("a person's groups, drafts apart, are read by %s", async (_, viewer, groups) => {
  const who = ['User', 'Student'].map((type) => ({ __typename: type, telegramId: String(anna) }))
  const answer = await school.ask('groups', viewer, ofPerson, { who })
  expect(code(answer)).toBe(groups ? undefined : 'FORBIDDEN')
  expect(answer.data?._entities).toEqual([{ groups }, { groups }])
})

test.each([
  ['is invited', invited],
  ['waits', waiting],
  ['was in a group that is over', paused],
])('a teacher does not read the groups of somebody who %s', async (_, student) => {
  const who = [{ __typename: 'User', telegramId: String(student) }]
  expect(code(await school.ask('groups', as.teacher(tanya), ofPerson, { who }))).toBe('FORBIDDEN')
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
  const variables = { t: tanya, s: [anna, boris, invited, waiting, paused] }
  const answer = await school.ask('groups', as.service('auth'), question, variables)
  expect(answer).toEqual({ data: { taughtStudents: [String(anna)] } })
  expect(code(await school.ask('groups', as.admin(), question, variables))).toBe('FORBIDDEN')
})

test('one group costs the same statements as three', async () => {
  const query = `query ($which: [_Any!]!) { _entities(representations: $which) { ... on Group { name freeSeats members { nodes { status } } } } }`
  const statementsFor = (ids: string[]) =>
    school.statements('groups', () =>
      school.ask('groups', as.student(anna), query, {
        which: ids.map((id) => ({ __typename: 'Group', id })),
      }),
    )
  const one = await statementsFor([running])
  expect(one).toHaveLength(4)
  expect(await statementsFor([running, draft, over])).toEqual(one)
})

test('to sisters, one student costs the same statement as five', async () => {
  const question = `query ($t: TelegramID!, $s: [TelegramID!]!) { taughtStudents(teacherTelegramId: $t, studentTelegramIds: $s) }`
  const statementsFor = (s: bigint[]) =>
    school.statements('groups', () =>
      school.ask('groups', as.service('auth'), question, { t: tanya, s }),
    )
  const one = await statementsFor([anna])
  expect(one).toHaveLength(1)
  expect(await statementsFor([anna, boris, invited, waiting, paused])).toEqual(one)
})
