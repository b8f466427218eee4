import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  classmate,
  codes,
  nobody,
  otherTeacher,
  startWithStudents,
  student,
  teacher,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithStudents()
})
afterAll(() => school.close())

const update = (viewer: Viewer, input: object, fields = 'telegramId') =>
  school.ask(
    'students',
    viewer,
    `mutation ($input: UpdateStudentInput!) { updateStudent(input: $input) { student { ${fields} } } }`,
    { input: { telegramId: student, ...input } },
  )
const rows = async (sql: string) => (await school.database('students').owner.query(sql)).rows
const trail = () => rows('SELECT id FROM audit_log')

test('a student changes what is theirs, and the rest stays', async () => {
  const fields =
    'goals timezone communicationLanguage guardianContact createdAt updatedAt languages { language }'
  const answer = await update(
    as.student(student),
    { goals: 'Work abroad', communicationLanguage: 'en', guardianContact: 'Dad' },
    fields,
  )
  const changed = answer.data.updateStudent.student
  expect(changed).toMatchObject({
    goals: 'Work abroad',
    timezone: 'Europe/Moscow',
    communicationLanguage: 'en',
    guardianContact: 'Dad',
    languages: [{ language: 'en' }, { language: 'pt-BR' }],
  })
  expect(Date.parse(changed.updatedAt)).toBeGreaterThan(Date.parse(changed.createdAt))
  const cleared = await update(
    as.student(student),
    { goals: null, guardianContact: null, timezone: null },
    fields,
  )
  expect(cleared.data.updateStudent.student).toMatchObject({
    goals: null,
    guardianContact: null,
    timezone: 'Europe/Moscow',
  })
  const audited = await rows(
    `SELECT before, after FROM audit_log WHERE actor = 'user:${student}' ORDER BY created_at DESC, id DESC LIMIT 1`,
  )
  expect(audited[0].before).toMatchObject({
    goals: '***',
    guardian_contact_ciphertext: '***',
  })
})

test('an empty text removes as null does', async () => {
  const fields = 'goals guardianContact'
  await update(as.student(student), { goals: 'Travel', guardianContact: 'Dad' })
  const answer = await update(as.student(student), { goals: ' ', guardianContact: '' }, fields)
  expect(answer.data.updateStudent.student).toEqual({ goals: null, guardianContact: null })
})

test('teachers of the student and administrators write notes', async () => {
  for (const viewer of [as.teacher(teacher), as.admin()]) {
    const answer = await update(viewer, { notes: ' Speaks up now ' }, 'notes')
    expect(answer).toEqual({ data: { updateStudent: { student: { notes: 'Speaks up now' } } } })
  }
})

test('who may not is refused, and nothing is written', async () => {
  const before = await trail()
  expect(codes(await update(as.anonymous, { goals: 'x' }))).toEqual(['UNAUTHENTICATED'])
  for (const [viewer, input] of [
    [as.student(student), { notes: 'Brilliant' }],
    [as.student(student), { notes: null }],
    [as.student(classmate), { goals: 'x' }],
    [as.student(classmate), { goals: 'x', telegramId: nobody }],
    [as.teacher(otherTeacher), { goals: 'x' }],
    [as.teacher(otherTeacher), { goals: 'x', telegramId: nobody }],
    [as.service('groups'), { goals: 'x' }],
  ] as [Viewer, object][]) {
    expect(codes(await update(viewer, input))).toEqual(['FORBIDDEN'])
  }
  expect(codes(await update(as.admin(), { telegramId: nobody }))).toEqual(['NOT_FOUND'])
  expect(codes(await update(as.student(nobody), { telegramId: nobody }))).toEqual(['NOT_FOUND'])
  expect(await trail()).toEqual(before)
})

test.each([
  ['goals', { goals: 'x'.repeat(2001) }],
  ['notes', { notes: 'a\0' }],
  ['guardianContact', { guardianContact: 'x'.repeat(201) }],
  ['levelReason', { levelReason: 'x'.repeat(501) }],
  ['languages.0.level', { languages: [{ language: 'it' }] }],
  ['languages.1.language', { languages: [{ language: 'en' }, { language: 'en' }] }],
])('a wrong %s is named', async (field, wrong) => {
  const before = await trail()
  const answer = await update(as.admin(), wrong)
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field: `input.${field}` } },
  ])
  expect(await trail()).toEqual(before)
})

test('while groups is away, a teacher changes nothing', async () => {
  const before = await trail()
  const startAgain = await school.stop('groups')
  const answer = await update(as.teacher(teacher), { notes: 'x' })
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'SERVICE_UNAVAILABLE', service: 'groups' } },
  ])
  expect(await trail()).toEqual(before)
  await startAgain()
})

test('two changes in one request each show what they did', async () => {
  const answer = await school.ask(
    'students',
    as.student(student),
    `mutation ($id: TelegramID!) {
      first: updateStudent(input: { telegramId: $id, goals: "one" }) { student { goals } }
      second: updateStudent(input: { telegramId: $id, goals: "two" }) { student { goals } }
    }`,
    { id: student },
  )
  expect(answer.data).toEqual({
    first: { student: { goals: 'one' } },
    second: { student: { goals: 'two' } },
  })
})
