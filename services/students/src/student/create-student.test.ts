import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codes } from './fixture.ts'

/** Each test takes its own newcomers. */
const newcomers = Array.from({ length: 30 }, (_, index) => 4_503_599_627_370_497n + BigInt(index))
const newcomer = () => newcomers.pop() ?? 0n
const stranger = 77n
const teacher = 78n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['students', 'auth'] })
  const user = (telegram_id: bigint, role: string) => ({ telegram_id, first_name: 'Ada', role })
  await insert(
    school.database('auth'),
    'users',
    user(teacher, 'TEACHER'),
    ...newcomers.map((id) => user(id, 'STUDENT')),
  )
})
afterAll(() => school.close())

const create = (viewer: Viewer, input: object) =>
  school.ask(
    'students',
    viewer,
    `mutation ($input: CreateStudentInput!) { createStudent(input: $input) { student {
      telegramId goals timezone communicationLanguage guardianContact
      languages { language level targetLevel }
      levelAssessments { nodes { language from to assessedBy { telegramId } } }
    } } }`,
    { input },
  )
const rows = async (sql: string) => (await school.database('students').owner.query(sql)).rows
const count = async () => Number((await rows('SELECT count(*) FROM students'))[0]?.count)

test('a student registers themselves', async () => {
  const id = newcomer()
  const answer = await create(as.student(id), {
    goals: '  Read novels ',
    timezone: 'Europe/Moscow',
    communicationLanguage: 'RU',
    guardianContact: ' +1 555 0100, Mum ',
    languages: [
      { language: 'EN', level: 'B1', targetLevel: 'C1' },
      { language: 'pt-br', level: 'A1' },
    ],
  })
  expect(answer).toEqual({
    data: {
      createStudent: {
        student: {
          telegramId: String(id),
          goals: 'Read novels',
          timezone: 'Europe/Moscow',
          communicationLanguage: 'ru',
          guardianContact: '+1 555 0100, Mum',
          languages: [
            { language: 'en', level: 'B1', targetLevel: 'C1' },
            { language: 'pt-BR', level: 'A1', targetLevel: null },
          ],
          levelAssessments: {
            nodes: expect.arrayContaining([
              { language: 'en', from: null, to: 'B1', assessedBy: { telegramId: String(id) } },
              { language: 'pt-BR', from: null, to: 'A1', assessedBy: { telegramId: String(id) } },
            ]),
          },
        },
      },
    },
  })
})

test('an administrator creates anybody’s profile, with notes', async () => {
  const id = newcomer()
  const answer = await create(as.admin(), { telegramId: id, notes: 'Shy' })
  expect(answer.data.createStudent.student).toMatchObject({
    telegramId: String(id),
    timezone: 'UTC',
    communicationLanguage: 'en',
    guardianContact: null,
    languages: [],
  })
  expect(await rows(`SELECT staff_notes FROM students WHERE telegram_id = ${id}`)).toEqual([
    { staff_notes: 'Shy' },
  ])
})

test('null is as good as left out, and so is an empty text', async () => {
  const kept = { timezone: null, communicationLanguage: null, languages: null, notes: null }
  const answer = await create(as.student(newcomer()), { ...kept, goals: ' ', guardianContact: '' })
  expect(answer.data.createStudent.student).toMatchObject({
    goals: null,
    guardianContact: null,
    timezone: 'UTC',
    communicationLanguage: 'en',
    languages: [],
  })
})

test('who may not is refused', async () => {
  const before = await count()
  const [id, other] = [newcomer(), newcomer()]
  expect(codes(await create(as.anonymous, { telegramId: id }))).toEqual(['UNAUTHENTICATED'])
  expect(codes(await create(as.teacher(id), {}))).toEqual(['FORBIDDEN'])
  expect(codes(await create(as.service('groups'), { telegramId: id }))).toEqual(['FORBIDDEN'])
  expect(codes(await create(as.student(id), { telegramId: other }))).toEqual(['FORBIDDEN'])
  expect(codes(await create(as.student(id), { notes: 'Brilliant' }))).toEqual(['FORBIDDEN'])
  expect(await count()).toBe(before)
})

const english = { language: 'en', level: 'B1' }
test.each([
  ['telegramId', { telegramId: null }],
  ['telegramId', { telegramId: stranger }],
  ['telegramId', { telegramId: teacher }],
  ['goals', { goals: 'x'.repeat(2001) }],
  ['goals', { goals: 'a\0b' }],
  ['notes', { notes: 'x'.repeat(4001) }],
  ['guardianContact', { guardianContact: 'x'.repeat(201) }],
  ['languages.0.level', { languages: [{ language: 'en' }] }],
  ['languages.1.language', { languages: [english, { language: 'EN', level: 'A1' }] }],
  [
    'languages',
    { languages: [...'abcdefghijklmnopqrstu'].map((c) => ({ ...english, language: `a${c}` })) },
  ],
  ['languages.0.level', { languages: [{ language: 'en', level: 'D1' }] }],
  ['timezone', { timezone: 'Mars/Olympus' }],
  ['communicationLanguage', { communicationLanguage: 'klingon!' }],
  ['idempotencyKey', { idempotencyKey: '' }],
])('a wrong %s is named', async (field, wrong) => {
  const before = await count()
  const answer = await create(as.admin(), { telegramId: newcomers[0], ...wrong })
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field: `input.${field}` } },
  ])
  expect(await count()).toBe(before)
})

test('nobody becomes a student twice', async () => {
  const id = newcomer()
  await create(as.student(id), { goals: 'Travel' })
  const answer = await create(as.admin(), { telegramId: id })
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'CONFLICT', reason: 'STUDENT_EXISTS' } },
  ])
  const [one, two] = await Promise.all(
    [newcomers[1], newcomers[1]].map((telegramId) => create(as.admin(), { telegramId })),
  )
  expect([one, two].filter((each) => each?.errors)).toMatchObject([
    { errors: [{ extensions: { reason: 'STUDENT_EXISTS' } }] },
  ])
})

test('a repeated request creates once; the same key with another input is a conflict', async () => {
  const input = { goals: 'Travel', guardianContact: 'Dad', idempotencyKey: 'first try' }
  const viewer = as.student(newcomer())
  const first = await create(viewer, input)
  expect(first.errors).toBeUndefined()
  expect(await create(viewer, input)).toEqual(first)
  for (const other of [{ goals: 'Work' }, { guardianContact: 'Mum' }]) {
    expect((await create(viewer, { ...input, ...other })).errors).toMatchObject([
      { extensions: { code: 'CONFLICT', reason: 'IDEMPOTENCY_KEY_REUSED' } },
    ])
  }
})

test('a retry is answered whatever has happened since', async () => {
  const input = { goals: 'Travel', guardianContact: 'Dad', idempotencyKey: 'second try' }
  const viewer = as.student(newcomer())
  const first = await create(viewer, input)
  const startAgain = await school.stop('auth')
  const second = await create(viewer, input)
  await startAgain()
  expect(first.errors).toBeUndefined()
  expect(second).toEqual(first)
})

test('how to reach a guardian stands nowhere in the database, nor do notes in the audit log', async () => {
  const id = newcomer()
  const secret = 'grandmother@example.org'
  const input = { telegramId: id, guardianContact: secret, notes: 'Very shy', idempotencyKey: 'k' }
  const answer = await create(as.admin(), input)
  expect(answer.data.createStudent.student.guardianContact).toBe(secret)

  const tables = await rows(
    `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  )
  const dump = JSON.stringify(
    await Promise.all(tables.map(({ relname }) => rows(`SELECT t::text FROM "${relname}" t`))),
  )
  expect(dump).toContain(String(id))
  expect(dump).not.toContain(secret)
  expect(dump).not.toContain(Buffer.from(secret).toString('hex'))

  const audited = await rows(
    `SELECT actor, action, before, after FROM audit_log WHERE table_name = 'students' AND person_telegram_id = ${id}`,
  )
  expect(audited).toEqual([
    {
      actor: 'user:9000000001',
      action: 'INSERT',
      before: null,
      after: expect.objectContaining({
        guardian_contact_ciphertext: '***',
        guardian_contact_hash: '***',
        staff_notes: '***',
      }),
    },
  ])
})

test('while auth is away, nobody becomes a student', async () => {
  const before = await count()
  const startAgain = await school.stop('auth')
  const answer = await create(as.admin(), { telegramId: newcomer() })
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' } },
  ])
  expect(await count()).toBe(before)
  await startAgain()
})
