import { levelChanged } from '@classgram/events/catalog'
import { as, insert, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  classmate,
  nobody,
  otherTeacher,
  startWithStudents,
  student,
  teacher,
} from '../student/fixture.ts'

let school: TestSchool
beforeEach(async () => {
  school = await startWithStudents(['auth'])
})
afterEach(() => school.close())

const mutation = `mutation ($input: AssessLevelInput!) { assessLevel(input: $input) {
  assessment { id language from to reason assessedBy { telegramId } }
  student { telegramId languages { language level targetLevel } }
} }`
const assess = async (input: object = {}, viewer: Viewer = as.teacher(teacher)) => {
  const given = { studentTelegramId: student, language: 'en', level: 'B2', ...input }
  const { data, errors } = await school.ask('students', viewer, mutation, { input: given })
  return { refusal: errors?.[0].extensions, ...data?.assessLevel }
}
const rows = async (sql: string) => (await school.database('students').owner.query(sql)).rows
const history = () => rows('SELECT * FROM level_assessments ORDER BY assessed_at, id')
const events = () => rows('SELECT * FROM outbox_events ORDER BY sequence')
const changes = async () =>
  (await events()).map(({ payload }) => {
    const { language, previousLevel, level } = levelChanged.payload.parse(payload)
    return `${language}: ${previousLevel} → ${level}`
  })
/** All that there is, to see that nothing of it changed. */
const world = async () => [
  await history(),
  await events(),
  await rows('SELECT * FROM students ORDER BY id'),
  await rows('SELECT * FROM student_languages ORDER BY id'),
]

test('a teacher of the student states a level; the history says why, and others are told', async () => {
  const startedAt = Date.now()
  const { assessment, student: changed } = await assess({ reason: ' Passed the test ' })
  expect(assessment).toEqual({
    id: expect.any(String),
    language: 'en',
    from: 'B1',
    to: 'B2',
    reason: 'Passed the test',
    assessedBy: { telegramId: String(teacher) },
  })
  expect(changed).toEqual({
    telegramId: String(student),
    languages: [
      { language: 'en', level: 'B2', targetLevel: 'C1' },
      { language: 'pt-BR', level: 'A1', targetLevel: null },
    ],
  })
  const [event, ...others] = await events()
  const [{ assessed_at }] = (await history()).slice(-1)
  expect(others).toEqual([])
  expect(event).toMatchObject({
    type: 'students.level-changed',
    version: 1,
    aggregate_type: 'student',
    aggregate_id: String(student),
    person_telegram_id: String(student),
    actor: `user:${teacher}`,
    occurred_at: assessed_at,
  })
  expect(event.payload).toEqual({
    studentTelegramId: String(student),
    language: 'en',
    previousLevel: 'B1',
    level: 'B2',
    assessedByTelegramId: String(teacher),
    assessedAt: assessed_at.toISOString(),
  })
  const [{ updated_at }] = await rows(
    `SELECT updated_at FROM students WHERE telegram_id = ${student}`,
  )
  expect(updated_at.getTime()).toBeGreaterThanOrEqual(startedAt)
  expect(
    await rows(`SELECT table_name, after->>'reason' AS reason FROM audit_log
      WHERE actor = 'user:${teacher}' ORDER BY table_name`),
  ).toEqual([
    { table_name: 'level_assessments', reason: '***' },
    { table_name: 'student_languages', reason: null },
  ])
})

test('a level that is confirmed goes into the history, and nobody is told', async () => {
  const { assessment } = await assess({ level: 'B1', reason: 'Still so' }, as.admin())
  expect(assessment).toMatchObject({ from: 'B1', to: 'B1', reason: 'Still so' })
  expect(await history()).toHaveLength(5)
  expect(await events()).toEqual([])
})

test('a level that is stated now is the latest, also when the clock was put back', async () => {
  await rows(`SELECT set_config('classgram.actor', 'system:test', false);
    UPDATE level_assessments SET assessed_at = '2099-01-01T00:00:00Z' WHERE language = 'en'`)
  await assess({ level: 'C1' })
  const { assessment } = await assess({ language: 'de', level: 'A2' })
  const newest = (await history()).slice(-2)
  expect(newest.map(({ level }) => level)).toEqual(['C1', 'A2'])
  expect(newest[1]).toMatchObject({
    id: assessment.id,
    assessed_at: new Date('2099-01-01T00:00:00.002Z'),
  })
})

test('a language that is new is taken up; one that was given up goes on from its last level', async () => {
  const first = await assess({ language: 'de', level: 'A2' })
  expect(first.assessment).toMatchObject({ from: null, to: 'A2' })
  expect(first.student.languages).toHaveLength(3)
  const giveUp = `mutation ($id: TelegramID!) { updateStudent(input: { telegramId: $id, languages: [] }) { student { telegramId } } }`
  await school.ask('students', as.student(student), giveUp, { id: student })
  const again = await assess({ language: 'de', level: 'B1' })
  expect(again.assessment).toMatchObject({ from: 'A2', to: 'B1' })
  expect(again.student.languages).toMatchObject([{ language: 'de', level: 'B1' }])
  expect(await changes()).toEqual(['de: null → A2', 'de: A2 → B1'])
})

test('the list of languages does not grow without end', async () => {
  const more = 'bg cs da el es et fi fr ga hr hu it lt lv mt nl pl ro'.split(' ')
  await insert(
    school.database('students'),
    'student_languages',
    ...more.map((language) => ({ student_telegram_id: student, language, level: 'A1' })),
  )
  const before = await world()
  expect((await assess({ language: 'sv' })).refusal).toEqual({
    code: 'CONFLICT',
    reason: 'TOO_MANY_LANGUAGES',
  })
  expect(await world()).toEqual(before)
  expect((await assess({ language: 'ro' })).assessment).toMatchObject({ from: 'A1', to: 'B2' })
})

test.each([
  ['another teacher', as.teacher(otherTeacher), 'FORBIDDEN'],
  ['the student', as.student(student), 'FORBIDDEN'],
  ['a classmate', as.student(classmate), 'FORBIDDEN'],
  ['a service', as.service('groups'), 'FORBIDDEN'],
  ['a program', as.machine('students:read'), 'FORBIDDEN'],
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
] as [string, Viewer, string][])('%s states no level', async (_, viewer, code) => {
  const before = await world()
  for (const studentTelegramId of [student, nobody]) {
    expect((await assess({ studentTelegramId }, viewer)).refusal).toEqual({ code })
  }
  expect(await world()).toEqual(before)
})

test('a teacher in their own group does not state their own level', async () => {
  const self = { student_telegram_id: teacher, status: 'ACTIVE', joined_at: '2026-03-05T10:00:00Z' }
  await insert(school.database('students'), 'students', { telegram_id: teacher })
  await insert(school.database('groups'), 'group_members', {
    group_id: '01930000-0000-7000-8000-000000000001',
    ...self,
  })
  expect((await assess({ studentTelegramId: teacher })).refusal).toEqual({ code: 'FORBIDDEN' })
})

test('what does not fit is refused, and nothing is written', async () => {
  const before = await world()
  expect((await assess({ studentTelegramId: nobody }, as.admin())).refusal).toEqual({
    code: 'NOT_FOUND',
  })
  expect((await assess({ reason: 'x'.repeat(501) })).refusal).toEqual({
    code: 'BAD_USER_INPUT',
    field: 'input.reason',
  })
  expect((await assess({ expectedLevel: 'A2' })).refusal).toEqual({
    code: 'CONFLICT',
    reason: 'STALE',
    conflictsWith: { level: 'B1' },
  })
  expect((await assess({ language: 'de', expectedLevel: 'A2' })).refusal).toEqual({
    code: 'CONFLICT',
    reason: 'STALE',
    conflictsWith: { level: null },
  })
  const startAgain = await school.stop('groups')
  expect((await assess()).refusal).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'groups' })
  await startAgain()
  expect(await world()).toEqual(before)
})

test('of two who start from the same level, one is told that it is another by now', async () => {
  const levels = ['A2', 'B2', 'C1', 'C2']
  const answers = await Promise.all(
    levels.map((level) => assess({ level, expectedLevel: 'B1' }, as.admin())),
  )
  expect(answers.filter(({ assessment }) => assessment)).toHaveLength(1)
  expect(answers.filter(({ refusal }) => refusal?.reason === 'STALE')).toHaveLength(3)
  expect(await changes()).toHaveLength(1)
})

test('levels stated at once make one history, told in its order', async () => {
  const levels = ['A1', 'A2', 'B2', 'C1', 'C2']
  await Promise.all(levels.map((level) => assess({ level }, as.admin())))
  const told = await changes()
  const steps = (await history()).slice(4).map((row) => `en: ${row.previous_level} → ${row.level}`)
  expect(told).toHaveLength(5)
  expect([...told].sort()).toEqual([...steps].sort())
  for (const [index, step] of told.slice(1).entries()) {
    expect(step.split(' ')[1]).toBe(told[index]?.split(' ').at(-1))
  }
})

test('a retry with the same key states nothing new', async () => {
  const input = { idempotencyKey: 'once', reason: 'Passed' }
  const answers = await Promise.all(Array.from({ length: 4 }, () => assess(input)))
  await assess({ level: 'C1' })
  await school.stop('groups')
  answers.push(await assess(input))
  expect(new Set(answers.map(({ assessment }) => assessment.id)).size).toBe(1)
  expect(await changes()).toEqual(['en: B1 → B2', 'en: B2 → C1'])
  expect((await assess({ ...input, level: 'C2' })).refusal?.reason).toBe('IDEMPOTENCY_KEY_REUSED')
})

test('levels that change with the list of languages are told too', async () => {
  const update = `mutation ($input: UpdateStudentInput!) { updateStudent(input: $input) { student { telegramId } } }`
  const languages = [
    { language: 'en', level: 'B2' },
    { language: 'pt-BR' },
    { language: 'de', level: 'A1' },
  ]
  const input = { telegramId: student, languages, levelReason: 'Passed' }
  expect((await school.ask('students', as.admin(), update, { input })).errors).toBeUndefined()
  expect(await changes()).toEqual(['en: B1 → B2', 'de: null → A1'])
  const sent = await school.statements('students', () =>
    school.ask('students', as.admin(), update, {
      input: { ...input, languages: languages.map((one) => ({ ...one, level: 'C1' })) },
    }),
  )
  expect(sent.filter((sql) => sql.includes('outbox_events'))).toHaveLength(1)
  expect(await events()).toHaveLength(5)
  expect(JSON.stringify(await events())).not.toContain('Passed')

  await insert(school.database('auth'), 'users', {
    telegram_id: nobody,
    role: 'STUDENT',
    first_name: 'Nadia',
    timezone: 'UTC',
  })
  const create = `mutation ($input: CreateStudentInput!) { createStudent(input: $input) { student { telegramId } } }`
  const newcomer = { telegramId: nobody, languages: [{ language: 'fr', level: 'A1' }] }
  expect(
    (await school.ask('students', as.student(nobody), create, { input: newcomer })).errors,
  ).toBeUndefined()
  expect((await events()).at(-1)).toMatchObject({
    aggregate_id: String(nobody),
    payload: { language: 'fr', previousLevel: null, level: 'A1' },
  })
})

test('an erased student’s level changes are forgotten', async () => {
  await assess()
  const erase = 'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }'
  const { data } = await school.ask('students', as.service('auth'), erase, { id: student })
  expect(data?.erasePersonData.rows).toMatchObject({ level_assessments: 5, outbox_events: 1 })
  expect(await events()).toEqual([])
})
