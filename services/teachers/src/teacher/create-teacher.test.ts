import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const telegramId = 9_007_199_254_740_993n
const learner = telegramId + 1n
const unknown = telegramId + 2n
const admin = as.admin()

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth', 'teachers'] })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: telegramId, first_name: 'Tea', role: 'TEACHER' },
    { telegram_id: learner, first_name: 'Lea', role: 'STUDENT' },
  )
})
afterAll(() => school.close())
beforeEach(async () => {
  await school.database('teachers').owner.query(
    `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
       DELETE FROM teachers; TRUNCATE audit_log, idempotency_keys; COMMIT`,
  )
})

const create = (input: Record<string, unknown>, viewer: Viewer = admin) =>
  school.ask(
    'teachers',
    viewer,
    `mutation ($input: CreateTeacherInput!) {
      createTeacher(input: $input) {
        teacher {
          telegramId headline bio experienceYears hourlyRate currency timezone videoUrl
          isAcceptingStudents status languages { language proficiency minLevel maxLevel }
          runningGroupCount
        }
      }
    }`,
    { input: { telegramId, ...input } },
  )

const rows = async (sql: string) => (await school.database('teachers').owner.query(sql)).rows
const stored = () => rows('SELECT telegram_id FROM teachers')
const nothing = async () => {
  expect(await stored()).toEqual([])
  expect(await rows('SELECT * FROM audit_log')).toEqual([])
  expect(await rows('SELECT * FROM idempotency_keys')).toEqual([])
}

test('an administrator creates a profile, with everything', async () => {
  const profile = {
    bio: 'Long story.',
    experienceYears: 12,
    hourlyRate: 19.99,
    currency: 'EUR',
    timezone: 'Europe/Moscow',
    videoUrl: 'https://video.example.org/tea',
    isAcceptingStudents: false,
    status: 'PENDING',
    languages: [
      { language: 'en', proficiency: 'C2', minLevel: 'A1', maxLevel: 'C1' },
      { language: 'pt-BR', proficiency: 'NATIVE', minLevel: null, maxLevel: null },
    ],
  }
  const answer = await create({ ...profile, headline: '  Teaches  ' })
  expect(answer).toEqual({
    data: {
      createTeacher: {
        teacher: {
          ...profile,
          telegramId: String(telegramId),
          headline: 'Teaches',
          runningGroupCount: 0,
        },
      },
    },
  })
})

test('what is left out has a default', async () => {
  expect((await create({})).data.createTeacher.teacher).toMatchObject({
    headline: null,
    hourlyRate: null,
    currency: null,
    timezone: 'UTC',
    isAcceptingStudents: true,
    status: 'ACTIVE',
    languages: [],
  })
})

test('null is as good as left out, and so is an empty text', async () => {
  const kept = { timezone: null, isAcceptingStudents: null, status: null, languages: null }
  const empty = { headline: ' ', bio: '', videoUrl: ' ', currency: '' }
  expect((await create({ ...kept, ...empty })).data.createTeacher.teacher).toMatchObject({
    headline: null,
    bio: null,
    videoUrl: null,
    currency: null,
    timezone: 'UTC',
    isAcceptingStudents: true,
    status: 'ACTIVE',
    languages: [],
  })
})

test('each row that is written is audited in the same transaction', async () => {
  const languages = [
    { language: 'en', proficiency: 'C2' },
    { language: 'de', proficiency: 'B1' },
  ]
  await create({ languages })
  const audit = await rows(
    `SELECT actor, action, table_name, person_telegram_id, a.xmin = t.xmin AS "together",
       request_id IS NOT NULL AS "traced"
     FROM audit_log a JOIN teachers t ON t.telegram_id = person_telegram_id ORDER BY a.id`,
  )
  const common = {
    actor: 'user:9000000001',
    action: 'INSERT',
    person_telegram_id: String(telegramId),
    together: true,
    traced: true,
  }
  expect(audit).toEqual([
    { ...common, table_name: 'teachers' },
    { ...common, table_name: 'teacher_languages' },
    { ...common, table_name: 'teacher_languages' },
  ])
})

test.each([
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ['a student', as.student(learner), 'FORBIDDEN'],
  ['the teacher themselves', as.teacher(telegramId), 'FORBIDDEN'],
  ['a sister service', as.service('groups'), 'FORBIDDEN'],
])('%s may not create a profile', async (_, viewer, code) => {
  expect((await create({}, viewer)).errors).toMatchObject([{ extensions: { code } }])
  await nothing()
})

test.each([
  ['is unknown', unknown],
  ['is no teacher', learner],
])('a person who %s gets no profile', async (_, id) => {
  expect((await create({ telegramId: id, idempotencyKey: 'a' })).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field: 'input.telegramId' } },
  ])
  await nothing()
})

const speaks = { language: 'en', proficiency: 'C2' }
test.each([
  ['input.telegramId', { telegramId: '0' }],
  ['input.headline', { headline: 'x'.repeat(121) }],
  ['input.headline', { headline: 'a\0b' }],
  ['input.idempotencyKey', { idempotencyKey: '' }],
  ['input.bio', { bio: 'x'.repeat(4001) }],
  ['input.experienceYears', { experienceYears: -1 }],
  ['input.experienceYears', { experienceYears: 81 }],
  ['input.hourlyRate', { hourlyRate: -0.01, currency: 'EUR' }],
  ['input.hourlyRate', { hourlyRate: 10_000_000.01, currency: 'EUR' }],
  ['input.hourlyRate', { hourlyRate: 19.999, currency: 'EUR' }],
  ['input.currency', { hourlyRate: 20 }],
  ['input.currency', { currency: 'EUR' }],
  ['input.currency', { hourlyRate: 20, currency: 'XYZ' }],
  ['input.currency', { hourlyRate: 20, currency: 'eur' }],
  ['input.timezone', { timezone: 'Mars/Olympus' }],
  ['input.videoUrl', { videoUrl: 'http://video.example.org/tea' }],
  ['input.videoUrl', { videoUrl: 'https:video.example.org' }],
  ['input.videoUrl', { videoUrl: 'javascript:alert(1)' }],
  ['input.videoUrl', { videoUrl: `https://video.example.org/${'x'.repeat(2048)}` }],
  ['input.languages.0.language', { languages: [{ ...speaks, language: 'English!' }] }],
  ['input.languages.1.language', { languages: [speaks, { ...speaks, proficiency: 'B1' }] }],
  ['input.languages.1.language', { languages: [speaks, { ...speaks, language: 'EN' }] }],
  ['input.languages.0.maxLevel', { languages: [{ ...speaks, minLevel: 'A1' }] }],
  ['input.languages.0.minLevel', { languages: [{ ...speaks, maxLevel: 'A1' }] }],
  ['input.languages.0.maxLevel', { languages: [{ ...speaks, minLevel: 'B2', maxLevel: 'B1' }] }],
  [
    'input.languages',
    {
      languages: Array.from({ length: 21 }, (_, n) => ({
        ...speaks,
        language: `a${'abcdefghijklmnopqrstu'[n]}`,
      })),
    },
  ],
])('%s must not be %j', async (field, input) => {
  expect((await create(input)).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field } },
  ])
  await nothing()
})

test('a person has one profile, and a second attempt leaves no trace', async () => {
  await create({ headline: 'First' })
  expect((await create({ headline: 'Second', idempotencyKey: 'b' })).errors).toMatchObject([
    {
      extensions: {
        code: 'CONFLICT',
        reason: 'TEACHER_EXISTS',
        conflictsWith: { telegramId: String(telegramId) },
      },
    },
  ])
  expect(await rows('SELECT headline FROM teachers')).toEqual([{ headline: 'First' }])
  expect(await rows('SELECT * FROM idempotency_keys')).toEqual([])
})

test('of ten attempts at once one creates', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => create({})))
  expect(answers.filter((answer) => answer.data?.createTeacher)).toHaveLength(1)
  expect(
    answers.filter((answer) => answer.errors?.[0].extensions.reason === 'TEACHER_EXISTS'),
  ).toHaveLength(9)
  expect(await stored()).toHaveLength(1)
})

test('a repeated key creates once and answers the same', async () => {
  const input = { headline: 'Once', languages: [speaks], idempotencyKey: 'c' }
  const [first, second] = [await create(input), await create(input)]
  expect(first.data.createTeacher.teacher.headline).toBe('Once')
  expect(second).toEqual(first)
  expect(await stored()).toHaveLength(1)
  expect(await rows('SELECT * FROM audit_log')).toHaveLength(2)
})

test('a repeated key with another body is refused', async () => {
  await create({ headline: 'Once', idempotencyKey: 'd' })
  expect((await create({ headline: 'Twice', idempotencyKey: 'd' })).errors).toMatchObject([
    { extensions: { code: 'CONFLICT', reason: 'IDEMPOTENCY_KEY_REUSED' } },
  ])
  expect(await rows('SELECT headline FROM teachers')).toEqual([{ headline: 'Once' }])
})

test('a retry is answered whatever has happened since', async () => {
  const input = { headline: 'Once', idempotencyKey: 'f' }
  const first = await create(input)
  const restart = await school.stop('auth')
  const second = await create(input)
  await restart()
  expect(second).toEqual(first)
})

test('nothing is written while auth is away, and the same request works when it is back', async () => {
  const restart = await school.stop('auth')
  const answer = await create({ idempotencyKey: 'e' })
  await restart()
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' } },
  ])
  await nothing()
  expect((await create({ idempotencyKey: 'e' })).data.createTeacher.teacher.telegramId).toBe(
    String(telegramId),
  )
})
