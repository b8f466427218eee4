import { toLineOfText } from '@classgram/graphql'
import { as, insert, type TestSchool } from '@classgram/test/kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { disarm, readCsv, writeCsv } from './csv.ts'
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

test('what is exported is what an import needs, contacts and order of the line included', async () => {
  const [anna, boris, clara] = [newId(), newId(), newId()]
  const text = roster(
    `"Evening; ""fun""",${teacher},pt-BR,B1,1,RUNNING,${anna},Анна,=1+1,+79000000001,anna@example.org,Europe/Moscow,`,
    `"Evening; ""fun""",${teacher},,,,,${clara},Clara,,,,,WAITLISTED`,
    `"Evening; ""fun""",${teacher},,,,,${boris},Boris,,,,,WAITLISTED`,
    `-Empty,${teacher},en,C2,9,,,,,,,,`,
  )
  await importText(school, text)
  const [evening, empty] = [
    await groupOf(school, 'Evening; "fun"'),
    await groupOf(school, '-Empty'),
  ]
  expect(await exportText(school)).toBe(
    [
      'group_id;group;teacher_telegram_id;language;level;capacity;group_status;starts_on;ends_on;student_telegram_id;first_name;last_name;phone;email;timezone;member_status',
      `${evening?.id};"Evening; ""fun""";${teacher};pt-BR;B1;1;RUNNING;;;${anna};Анна;'=1+1;'+79000000001;anna@example.org;Europe/Moscow;ACTIVE`,
      `${evening?.id};"Evening; ""fun""";${teacher};pt-BR;B1;1;RUNNING;;;${clara};Clara;;;;UTC;WAITLISTED`,
      `${evening?.id};"Evening; ""fun""";${teacher};pt-BR;B1;1;RUNNING;;;${boris};Boris;;;;UTC;WAITLISTED`,
      `${empty?.id};'-Empty;${teacher};en;C2;9;DRAFT;;;;;;;;;`,
      '',
    ].join('\r\n'),
  )
  const one = await exportText(school, { groupIds: [empty?.id], separator: 'COMMA' })
  expect(readCsv(one, ',').map(({ cells }) => cells[1])).toEqual(['group', "'-Empty"])

  const query = `query ($id: TelegramID!) { auditLog { auth(filter: { telegramId: $id, table: "person_exports" }) {
    nodes { actor changes { field after } } } } }`
  const { data } = await school.ask('auth', as.admin(), query, { id: anna })
  expect(data?.auditLog.auth.nodes).toEqual([
    {
      actor: 'service:groups',
      changes: expect.arrayContaining([
        { field: 'requested_by_telegram_id', after: String(administrator) },
      ]),
    },
  ])
})

test('whatever people and groups are called, out and in again is no change', async () => {
  const unit = fc.constantFrom(
    'a',
    'Я',
    '"',
    ';',
    ',',
    '\n',
    '\r',
    ' ',
    '=',
    '+',
    '-',
    '@',
    "'",
    '😀',
  )
  const name = fc.string({ unit, minLength: 1, maxLength: 12 }).map((text) => `${text.trim()}.`)
  const starting = fc.constantFrom('', '=', '+', '-', '@', "'", "'=")
  const names = fc.tuple(starting, name).map(([sign, text]) => sign + text)
  await fc.assert(
    fc.asyncProperty(names, names, names, async (title, first, last) => {
      const id = newId()
      const group = `${title} ${id}`
      const cells = [group, `${teacher}`, 'en', 'B1', '5', 'OPEN', `${id}`, first, last]
      const line = [...cells, '', '', '', 'ACTIVE'].map(disarm)
      const text = writeCsv([roster().split(','), line], ';')
      expect(told(await importText(school, text))[0]).toBe('2 CREATED')
      const { rows } = await owner('groups').query(
        'SELECT id FROM groups ORDER BY created_at DESC LIMIT 1',
      )
      const exported = await exportText(school, { groupIds: [rows[0].id] })
      expect(told(await importText(school, exported))).toEqual(['2 UNCHANGED'])
      const { data } = await school.ask(
        'auth',
        as.admin(),
        'query ($id: TelegramID!) { user(telegramId: $id) { firstName lastName } }',
        { id },
      )
      const [firstName, lastName] = [first, last].map((one) => toLineOfText(one, 100))
      expect(data?.user).toEqual({ firstName, lastName })
    }),
    { numRuns: 25 },
  )
})

test('groups that are over stay out, and who left', async () => {
  const [stays, leaves] = [newId(), newId()]
  await importText(
    school,
    roster(
      `Left,${teacher},en,B1,5,RUNNING,${stays},A,,,,,`,
      `Left,${teacher},en,B1,5,RUNNING,${leaves},B,,,,,`,
      `Over,${teacher},en,B1,5,RUNNING,,,,,,,`,
    ),
  )
  const over = (await groupOf(school, 'Over'))?.id
  await owner('groups').query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
    UPDATE group_members SET status = 'LEFT', left_at = now() WHERE student_telegram_id = ${leaves};
    UPDATE groups SET status = 'ARCHIVED' WHERE id = '${over}'; COMMIT`)
  const text = await exportText(school)
  expect(text).toContain(`${stays}`)
  expect(text).not.toMatch(new RegExp(`${leaves}|Over`))
})

test('a group that is over or was never there is said, and nothing is given out', async () => {
  await importText(
    school,
    roster(
      `Going on,${teacher},en,B1,5,RUNNING,${newId()},A,,,,,`,
      `Gone,${teacher},en,B1,5,RUNNING,,,,,,,`,
    ),
  )
  const [goingOn, gone] = [await groupOf(school, 'Going on'), await groupOf(school, 'Gone')]
  await owner('groups').query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
    UPDATE groups SET status = 'FINISHED' WHERE id = '${gone?.id}'; COMMIT`)
  const exports = async () => (await owner('auth').query('SELECT FROM person_exports')).rowCount
  const before = await exports()
  const nobody = '01930000-0000-7000-8000-00000000ffff'
  const named = (id: string | undefined) => exportText(school, { groupIds: [goingOn?.id, id] })
  await expect(named(nobody)).rejects.toThrow(/NOT_FOUND/)
  await expect(named(gone?.id)).rejects.toThrow(/CONFLICT.*GROUP_CLOSED/)
  expect(await exports()).toBe(before)
})

test('more lines than fit into an answer are for the command line, and nobody is told of an export', async () => {
  const group = {
    name: 'Crowd',
    language: 'en',
    level: 'B1',
    capacity: 5,
    status: 'OPEN',
    teacher_telegram_id: teacher,
  }
  const groups = Array.from({ length: 1_001 }, (_, n) => ({ ...group, name: `Crowd ${n}` }))
  await insert(school.database('groups'), 'groups', ...groups)
  const count = async () => (await owner('auth').query('SELECT FROM person_exports')).rowCount
  const before = await count()
  await expect(exportText(school)).rejects.toThrow(/BAD_USER_INPUT.*input.groupIds/)
  expect(await count()).toBe(before)
})

test.each([
  ['a teacher', as.teacher(teacher), 'FORBIDDEN'],
  ['a program', as.machine('contacts:read', 'groups:read'), 'FORBIDDEN'],
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
])('%s may not export', async (_, viewer, code) => {
  const query = 'mutation { exportRoster(input: {}) { text } }'
  const { errors } = await school.ask('groups', viewer, query)
  expect(errors?.[0]?.extensions).toEqual({ code })
})
