import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWithStudents, student, teacher } from '../student/fixture.ts'

let school: TestSchool
beforeEach(async () => {
  school = await startWithStudents()
})
afterEach(() => school.close())

const update = async (viewer: Viewer, languages: object[], levelReason?: string) => {
  const { data, errors } = await school.ask(
    'students',
    viewer,
    `mutation ($input: UpdateStudentInput!) { updateStudent(input: $input) { student {
      updatedAt languages { language level targetLevel }
      levelAssessments(first: 1) { nodes { language from to reason assessedBy { telegramId } } }
    } } }`,
    { input: { telegramId: student, languages, levelReason } },
  )
  return { errors, ...data?.updateStudent.student }
}
const rows = async (sql: string) => (await school.database('students').owner.query(sql)).rows
const assessments = async () =>
  Number((await rows('SELECT count(*) FROM level_assessments'))[0]?.count)

test('a student sets targets, gives a language up and takes another up', async () => {
  const startedAt = Date.now()
  const { languages, levelAssessments, updatedAt } = await update(as.student(student), [
    { language: 'en', targetLevel: 'C2' },
    { language: 'de', level: 'A2' },
  ])
  expect(languages).toEqual([
    { language: 'en', level: 'B1', targetLevel: 'C2' },
    { language: 'de', level: 'A2', targetLevel: null },
  ])
  expect(levelAssessments.nodes).toEqual([
    {
      language: 'de',
      from: null,
      to: 'A2',
      reason: null,
      assessedBy: { telegramId: String(student) },
    },
  ])
  expect(await assessments()).toBe(5)
  expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(startedAt)
})

test('a student cannot change a level, not even by giving the language up for a while', async () => {
  const before = await rows('SELECT * FROM student_languages ORDER BY id')
  const raised = [{ language: 'en', level: 'C2' }, { language: 'pt-BR' }]
  const refusal = {
    message: expect.stringContaining('only your teachers and administrators change it'),
    extensions: { code: 'FORBIDDEN' },
  }
  expect((await update(as.student(student), raised)).errors).toMatchObject([refusal])
  expect(await rows('SELECT * FROM student_languages ORDER BY id')).toEqual(before)

  expect((await update(as.student(student), [])).languages).toEqual([])
  expect((await update(as.student(student), raised)).errors).toMatchObject([refusal])
  const back = await update(as.student(student), [
    { language: 'en' },
    { language: 'pt-BR', level: 'A1' },
  ])
  expect(back.languages).toMatchObject([{ level: 'B1' }, { level: 'A1' }])
  expect(await assessments()).toBe(4)
})

test.each([
  ['en-GB', 'C2', 'FORBIDDEN'],
  ['en-GB', 'B1', undefined],
  ['pt', 'B1', 'FORBIDDEN'],
  ['pt-PT', 'A2', 'FORBIDDEN'],
  ['enm', 'C2', undefined],
])('a student takes up %s at %s beside en at B1 and pt-BR at A1', async (language, level, code) => {
  const list = [{ language: 'en' }, { language: 'pt-BR' }, { language, level }]
  const { errors } = await update(as.student(student), list)
  expect(errors?.[0].extensions.code).toBe(code)
  expect((await update(as.teacher(teacher), list)).errors).toBeUndefined()
})

test.each([
  ['a teacher of the student', as.teacher(teacher), teacher],
  ['an administrator', as.admin(9n), 9n],
] as [string, Viewer, bigint][])(
  '%s changes a level, and the history says why',
  async (_, viewer, assessor) => {
    const { languages, levelAssessments } = await update(
      viewer,
      [
        { language: 'en', level: 'B2', targetLevel: 'C1' },
        { language: 'pt-BR', level: 'A1' },
      ],
      'Passed the test',
    )
    expect(languages).toMatchObject([{ level: 'B2', targetLevel: 'C1' }, { level: 'A1' }])
    expect(levelAssessments.nodes).toEqual([
      {
        language: 'en',
        from: 'B1',
        to: 'B2',
        reason: 'Passed the test',
        assessedBy: { telegramId: String(assessor) },
      },
    ])
    expect(await assessments()).toBe(5)
    // The language that did not change left no trace.
    expect(
      await rows(`SELECT table_name FROM audit_log WHERE actor = 'user:${assessor}' ORDER BY 1`),
    ).toEqual([{ table_name: 'level_assessments' }, { table_name: 'student_languages' }])
  },
)

test('changes at the same time start from each other’s outcome', async () => {
  const levels = ['A1', 'A2', 'B2', 'C1', 'C2']
  await Promise.all(
    levels.map((level) => update(as.admin(), [{ language: 'en', level }, { language: 'pt-BR' }])),
  )
  const history = await rows(
    `SELECT previous_level, level FROM level_assessments WHERE language = 'en' AND assessed_by_telegram_id = 9000000001`,
  )
  const [{ level }] = await rows(
    `SELECT level FROM student_languages WHERE language = 'en' AND student_telegram_id = ${student}`,
  )
  expect(history).toHaveLength(levels.length)
  expect(new Set(history.map((row) => row.previous_level)).size).toBe(levels.length)
  expect(history.map((row) => row.previous_level)).not.toContain(level)
})
