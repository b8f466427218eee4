import { as, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  administrator,
  exportText,
  groupOf,
  importText,
  newId,
  roster,
  startWithTeachers,
  teacher,
  told,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithTeachers()
})
afterAll(() => school.close())

const owner = (service: string) => school.database(service).owner

async function count(service: string, table: string): Promise<number> {
  const { rows } = await owner(service).query(`SELECT count(*)::int FROM ${table}`)
  return rows[0].count
}

/** Everything that an import could leave behind. */
const traces = async () =>
  Promise.all([
    ...['groups', 'group_members', 'audit_log', 'outbox_events'].map((one) => count('groups', one)),
    ...['users', 'audit_log'].map((one) => count('auth', one)),
    ...['students', 'audit_log'].map((one) => count('students', one)),
  ])

describe('a roster', () => {
  test('brings groups, people, their profiles and their stays; a second time nothing', async () => {
    const [anna, boris, clara] = [newId(), newId(), newId()]
    const text = roster(
      `Evening,${teacher},en,B1,5,RUNNING,${anna},Анна,Иванова,+7 900 000-00-01,Anna@Example.org,Europe/Moscow,`,
      `Morning,${teacher},en,a2,3,,,,,,,,`,
      `Evening,${teacher},,,,,${boris},Boris,,,,,PAUSED`,
      `,,,,,,${clara},Clara,,,,,`,
    )
    const untouched = await traces()
    const dry = await importText(school, text, { isDryRun: true })
    expect(told(dry)).toEqual(['2 CREATED', '3 CREATED', '4 CREATED', '5 CREATED'])
    expect(await traces()).toEqual(untouched)

    const first = await importText(school, text)
    expect(told(first)).toEqual(told(dry))
    const group = await groupOf(school, 'Evening')
    expect(group).toEqual({
      id: first.data?.importRoster.lines[0].group.id,
      status: 'RUNNING',
      capacity: 5,
      version: 1,
      members: [`${anna} ACTIVE`, `${boris} PAUSED`],
    })
    const query =
      'query ($id: TelegramID!) { user(telegramId: $id) { firstName phone email timezone role } }'
    const { data } = await school.ask('auth', as.admin(), query, { id: anna })
    expect(data?.user).toEqual({
      firstName: 'Анна',
      phone: '+79000000001',
      email: 'anna@example.org',
      timezone: 'Europe/Moscow',
      role: 'STUDENT',
    })
    const { rows } = await owner('students').query(
      'SELECT telegram_id, timezone FROM students WHERE telegram_id = ANY ($1) ORDER BY 1',
      [[anna, boris, clara]],
    )
    expect(rows.map(({ timezone }) => timezone)).toEqual(['Europe/Moscow', 'UTC', 'UTC'])
    const events = await owner('groups').query(
      `SELECT type, actor FROM outbox_events WHERE aggregate_id = $1 ORDER BY sequence`,
      [group?.id],
    )
    expect(events.rows).toEqual(
      ['group-changed', 'membership-changed', 'membership-changed'].map((type) => ({
        type: `groups.${type}`,
        actor: `user:${administrator}`,
      })),
    )

    const before = await traces()
    const again = await importText(school, text)
    expect(told(again)).toEqual([2, 3, 4, 5].map((line) => `${line} UNCHANGED`))
    expect(again.data?.importRoster).toMatchObject({ created: 0, updated: 0, unchanged: 4 })
    expect(await traces()).toEqual(before)
  })

  test('changes what it says, leaves what it does not, and removes nobody', async () => {
    const [dana, emil, fred] = [newId(), newId(), newId()]
    await importText(
      school,
      roster(
        `Late,${teacher},en,B1,2,DRAFT,${dana},Dana,D,+79000000010,dana@example.org,,`,
        `Late,${teacher},en,B1,2,DRAFT,${emil},Emil,E,,,,`,
      ),
    )
    const before = await groupOf(school, 'Late')
    const changes = [
      'group_id;group;capacity;group_status;student_telegram_id;last_name;email;member_status',
      `${before?.id};Later;3;RUNNING;${dana};Dane;;PAUSED`,
      `${before?.id};;;;${fred};Fritz;;`,
    ].join('\n')
    expect(told(await importText(school, changes))).toEqual([
      '2 SKIPPED for 3',
      '3 REFUSED MISSING_VALUE (first_name)',
    ])
    expect(await groupOf(school, 'Late')).toEqual(before)
    const mended = changes.replace('last_name', 'first_name')
    expect(told(await importText(school, mended))).toEqual(['2 UPDATED', '3 CREATED'])
    expect(await groupOf(school, 'Later')).toEqual({
      ...before,
      status: 'RUNNING',
      capacity: 3,
      version: 2,
      members: [`${dana} PAUSED`, `${emil} ACTIVE`, `${fred} ACTIVE`],
    })
    const query =
      'query ($id: TelegramID!) { user(telegramId: $id) { firstName lastName phone email } }'
    const { data } = await school.ask('auth', as.admin(), query, { id: dana })
    expect(data?.user).toEqual({
      firstName: 'Dane',
      lastName: 'D',
      phone: '+79000000010',
      email: 'dana@example.org',
    })
    const { rows } = await owner('auth').query(
      'SELECT after FROM audit_log WHERE person_telegram_id = $1 ORDER BY created_at DESC LIMIT 1',
      [dana],
    )
    expect(rows).toEqual([{ after: { first_name: '***', updated_at: expect.any(String) } }])
  })

  test('lines of one group may name it or give its id', async () => {
    await importText(school, roster(`Both,${teacher},en,B1,5,RUNNING,,,,,,,`))
    const { id } = (await groupOf(school, 'Both')) ?? {}
    const [one, other] = [newId(), newId()]
    const text = [
      'group_id,group,teacher_telegram_id,student_telegram_id,first_name',
      `${id},,,${one},One`,
      `,Both,${teacher},${other},Other`,
      `,Both,${teacher},${one},One`,
    ].join('\n')
    expect(told(await importText(school, text))).toEqual([
      '2 SKIPPED for 4',
      '3 SKIPPED for 4',
      '4 REFUSED DUPLICATE_STUDENT (student_telegram_id)',
    ])
  })

  test('a refused line keeps out its whole group, and no other', async () => {
    const people = Array.from({ length: 4 }, newId)
    const untouched = await traces()
    const text = roster(
      `Broken,${teacher},en,B1,5,RUNNING,${people[0]},A,,,,,`,
      `Whole,${teacher},en,B1,5,RUNNING,${people[1]},B,,,,,`,
      `Broken,${teacher},en,B1,5,RUNNING,${people[2]},C,,12,,,`,
      `Whole,${teacher},en,B1,5,RUNNING,${people[3]},D,,,,,`,
      `Broken,${teacher},en,B1`,
    )
    const expected = [
      '2 SKIPPED for 4',
      '3 CREATED',
      '4 REFUSED BAD_VALUE (phone)',
      '5 CREATED',
      '6 REFUSED WRONG_NUMBER_OF_CELLS',
    ]
    expect(told(await importText(school, text, { isDryRun: true }))).toEqual(expected)
    expect(await traces()).toEqual(untouched)
    expect(told(await importText(school, text))).toEqual(expected)
    expect(await groupOf(school, 'Broken')).toBeUndefined()
    expect((await groupOf(school, 'Whole'))?.members).toHaveLength(2)
    const { rows } = await owner('auth').query('SELECT FROM users WHERE telegram_id = ANY ($1)', [
      [people[0], people[2]],
    ])
    expect(rows).toEqual([])
  })
})

describe('who and how much', () => {
  test.each([
    ['a teacher', as.teacher(teacher), 'FORBIDDEN'],
    ['a student', as.student(7n), 'FORBIDDEN'],
    ['a service', as.service('auth'), 'FORBIDDEN'],
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ])('%s may not import', async (_, viewer, code) => {
    const { errors } = await importText(school, roster(), { viewer })
    expect(errors?.[0]?.extensions).toEqual({ code })
  })

  test.each([
    ['lines', Array.from({ length: 1_001 }, (_, index) => `,,,,,,${index + 1},A,,,,,`)],
    ['groups', Array.from({ length: 101 }, (_, n) => `Group ${n},${teacher},,,,,,,,,,,`)],
  ])('more %s than fit into a request are for the command line', async (_, lines) => {
    const { errors } = await importText(school, roster(...lines), { isDryRun: true })
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'input.text' })
    expect(errors?.[0]?.message).toContain('pnpm school import')
  })

  test('people without a group are none of the groups', async () => {
    const groups = Array.from({ length: 100 }, (_, n) => `Group ${n},${teacher},en,B1,5,,,,,,,,`)
    const lines = [...groups, `,,,,,,${newId()},A,,,,,`]
    const { data } = await importText(school, roster(...lines), { isDryRun: true })
    expect(data?.importRoster).toMatchObject({ created: 101 })
  })

  test('statements do not depend on how many lines a group has', async () => {
    const statements = async (size: number) => {
      const sent: Record<string, number> = {}
      for (const service of ['auth', 'students', 'groups']) {
        const lines = Array.from({ length: size }, (_, index) => {
          const group = `${size} for ${service},${teacher},en,B1,100,RUNNING`
          return `${group},${newId()},A,,,,,${index % 2 ? '' : 'WAITLISTED'}`
        })
        const act = () => importText(school, roster(...lines))
        sent[service] = (await school.statements(service, act)).length
      }
      return sent
    }
    const few = await statements(4)
    expect(await statements(40)).toEqual(few)
    expect(few).toEqual({ auth: 6, students: 3, groups: expect.any(Number) })
    expect(few.groups).toBeLessThanOrEqual(20)
  })
})

test('what administrators import goes on, whatever the profile says', async () => {
  const step = (id: string | undefined, status: string) =>
    school.ask(
      'groups',
      as.teacher(teacher),
      `mutation { updateGroup(input: { id: "${id}", status: ${status} }) { group { status } } }`,
    )
  await importText(school, roster(`Beyond,${teacher},en,C2,5,DRAFT,,,,,,,`))
  const id = (await groupOf(school, 'Beyond'))?.id
  expect((await step(id, 'OPEN')).errors).toBeUndefined()
  await owner('groups').query(
    `BEGIN; SET LOCAL classgram.actor = 'system:test';
     UPDATE groups SET profile_waived = false, status = 'DRAFT' WHERE id = '${id}'; COMMIT`,
  )
  await importText(school, roster(`Beyond,${teacher},en,C2,6,DRAFT,,,,,,,`))
  expect((await step(id, 'OPEN')).errors?.[0].extensions.reason).toBe('NOT_IN_TEACHER_PROFILE')
  await importText(school, roster(`Beyond,${teacher},en,C2,6,OPEN,,,,,,,`))
  expect((await step(id, 'RUNNING')).errors).toBeUndefined()
})

test('an export of it all is no change', async () => {
  const before = await traces()
  const answer = await importText(school, await exportText(school))
  expect(new Set(told(answer).map((line) => line.split(' ')[1]))).toEqual(new Set(['UNCHANGED']))
  expect((await traces()).slice(0, 5)).toEqual(before.slice(0, 5))
})
