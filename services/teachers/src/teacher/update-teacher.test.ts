import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const telegramId = 9_007_199_254_740_993n
const other = telegramId + 1n
const self = as.teacher(telegramId)
const english = { language: 'en', proficiency: 'C2', minLevel: 'A1', maxLevel: 'C1' }
const german = { language: 'de', proficiency: 'B1', minLevel: null, maxLevel: null }

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['teachers'] })
})
afterAll(() => school.close())
beforeEach(async () => {
  const database = school.database('teachers')
  await database.owner.query(
    `BEGIN; SELECT set_config('classgram.actor', 'system:test', true); DELETE FROM teachers; COMMIT`,
  )
  await insert(database, 'teachers', {
    telegram_id: telegramId,
    headline: 'Old',
    bio: 'Story',
    experience_years: 3,
    hourly_rate: 20,
    currency: 'EUR',
    status: 'ACTIVE',
    timezone: 'UTC',
    is_accepting_students: true,
    video_url: 'https://video.example.org/old',
  })
  await insert(
    database,
    'teacher_languages',
    ...[english, german].map(({ language, proficiency, minLevel, maxLevel }) => ({
      teacher_telegram_id: telegramId,
      language,
      proficiency,
      min_level: minLevel,
      max_level: maxLevel,
    })),
  )
  await database.owner.query('TRUNCATE audit_log')
})

const fields = `headline bio experienceYears hourlyRate currency timezone videoUrl
  isAcceptingStudents status languages { language proficiency minLevel maxLevel }`
const before = {
  headline: 'Old',
  bio: 'Story',
  experienceYears: 3,
  hourlyRate: 20,
  currency: 'EUR',
  timezone: 'UTC',
  videoUrl: 'https://video.example.org/old',
  isAcceptingStudents: true,
  status: 'ACTIVE',
  languages: [german, english],
}

const update = (input: Record<string, unknown>, viewer: Viewer = self) =>
  school.ask(
    'teachers',
    viewer,
    `mutation ($input: UpdateTeacherInput!) { updateTeacher(input: $input) { teacher { ${fields} } } }`,
    { input: { telegramId, ...input } },
  )

const audit = async () =>
  (
    await school.database('teachers').owner.query(
      `SELECT actor, action, table_name, before, after, a.xmin = t.xmin AS "together"
         FROM audit_log a LEFT JOIN teachers t ON t.telegram_id = person_telegram_id ORDER BY a.id`,
    )
  ).rows

const refused = async (answer: Awaited<ReturnType<typeof update>>, extensions: object) => {
  expect(answer.errors).toMatchObject([{ extensions }])
  expect(await audit()).toEqual([])
}

test('a teacher changes what is given and the rest stays', async () => {
  const changes = { headline: 'New', timezone: 'Asia/Tokyo', isAcceptingStudents: false }
  expect(await update(changes)).toEqual({
    data: { updateTeacher: { teacher: { ...before, ...changes } } },
  })
  expect(await audit()).toMatchObject([
    {
      actor: `user:${telegramId}`,
      action: 'UPDATE',
      table_name: 'teachers',
      before: { headline: '***', timezone: 'UTC', is_accepting_students: true },
      after: { headline: '***', timezone: 'Asia/Tokyo', is_accepting_students: false },
      together: true,
    },
  ])
})

test('null removes what may be absent and leaves what may not', async () => {
  const gone = {
    headline: null,
    bio: null,
    experienceYears: null,
    videoUrl: null,
    hourlyRate: null,
  }
  const kept = { timezone: null, isAcceptingStudents: null, languages: null, status: null }
  expect((await update({ ...gone, ...kept })).data.updateTeacher.teacher).toEqual({
    ...before,
    ...gone,
    currency: null,
  })
})

test('an empty text removes as null does', async () => {
  const empty = { headline: ' ', bio: '', videoUrl: '' }
  const gone = { headline: null, bio: null, videoUrl: null }
  expect((await update(empty)).data.updateTeacher.teacher).toEqual({ ...before, ...gone })
})

test('a price changes alone, a currency only beside a price', async () => {
  expect((await update({ hourlyRate: 22.5 })).data.updateTeacher.teacher).toMatchObject({
    hourlyRate: 22.5,
    currency: 'EUR',
  })
  expect((await update({ currency: 'USD' })).data.updateTeacher.teacher).toMatchObject({
    hourlyRate: 22.5,
    currency: 'USD',
  })
  await update({ hourlyRate: null })
  await school.database('teachers').owner.query('TRUNCATE audit_log')
  const half = { code: 'BAD_USER_INPUT', field: 'input.currency' }
  await refused(await update({ currency: 'USD' }), half)
  await refused(await update({ hourlyRate: 5 }), half)
  await refused(await update({ hourlyRate: null, currency: 'USD' }), half)
  await refused(await update({ hourlyRate: 5, currency: null, headline: 'New' }), half)
})

test('languages are replaced as a whole, and only what changes is written', async () => {
  const better = { ...german, proficiency: 'B2' }
  const french = { language: 'fr', proficiency: 'NATIVE', minLevel: 'A1', maxLevel: 'C2' }
  const answer = await update({ languages: [french, better] })
  expect(answer.data.updateTeacher.teacher.languages).toEqual([better, french])
  expect(await audit()).toMatchObject([
    { action: 'DELETE', table_name: 'teacher_languages', before: { language: 'en' } },
    { action: 'INSERT', after: { language: 'fr' }, together: true },
    {
      action: 'UPDATE',
      before: { proficiency: 'B1' },
      after: { proficiency: 'B2' },
      together: true,
    },
  ])
  await school.database('teachers').owner.query('TRUNCATE audit_log')
  await update({ languages: [better, french] })
  expect(await audit()).toEqual([])
  expect((await update({ languages: [] })).data.updateTeacher.teacher.languages).toEqual([])
})

test('of two lists given at once one stands', async () => {
  const lists = [[english], [german]]
  for (let round = 0; round < 5; round++) {
    await Promise.all(lists.map((languages) => update({ languages })))
    const { rows } = await school
      .database('teachers')
      .owner.query('SELECT language FROM teacher_languages')
    expect(rows).toHaveLength(1)
    await update({ languages: [{ language: 'fr', proficiency: 'B1' }] })
  }
})

test('a change of the languages alone is a change of the profile', async () => {
  const updatedAt = async () =>
    (await school.database('teachers').owner.query('SELECT updated_at FROM teachers')).rows[0]
  const old = await updatedAt()
  await update({ languages: [] })
  expect(await updatedAt()).not.toEqual(old)
})

test('the statements of a change do not depend on how many languages it names', async () => {
  const many = Array.from({ length: 20 }, (_, n) => ({
    ...english,
    language: `a${'abcdefghijklmnopqrst'[n]}`,
  }))
  const count = async (languages: object[]) =>
    (await school.statements('teachers', () => update({ languages }))).length
  expect(await count(many)).toBe(await count([english]))
})

test('the second of two changes in one request answers with its own languages', async () => {
  const { data } = await school.ask(
    'teachers',
    self,
    `mutation ($id: TelegramID!) {
      a: updateTeacher(input: { telegramId: $id, languages: [{ language: "fr", proficiency: B1 }] }) {
        teacher { languages { language } }
      }
      b: updateTeacher(input: { telegramId: $id, languages: [{ language: "it", proficiency: B1 }] }) {
        teacher { languages { language } }
      }
    }`,
    { id: telegramId },
  )
  expect(data.a.teacher.languages).toEqual([{ language: 'fr' }])
  expect(data.b.teacher.languages).toEqual([{ language: 'it' }])
})

test.each([
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ['a student', as.student(telegramId), 'FORBIDDEN'],
  ['another teacher', as.teacher(other), 'FORBIDDEN'],
  ['a sister service', as.service('groups'), 'FORBIDDEN'],
])('%s may not change a profile', async (_, viewer, code) => {
  await refused(await update({ headline: 'Theirs' }, viewer), { code })
})

test('a refusal does not tell whether there is such a teacher', async () => {
  const answers = [
    await update({ telegramId, headline: 'x' }, as.teacher(other)),
    await update({ telegramId: other + 1n, headline: 'x' }, as.teacher(other)),
  ]
  expect(answers[1]).toEqual(answers[0])
})

test('the status is for administrators', async () => {
  await refused(await update({ status: 'ACTIVE' }), { code: 'FORBIDDEN' })
  const answer = await update({ status: 'SUSPENDED', headline: 'New' }, as.admin())
  expect(answer.data.updateTeacher.teacher).toEqual({
    ...before,
    status: 'SUSPENDED',
    headline: 'New',
  })
})

test('whoever has no profile has none to change', async () => {
  const input = { telegramId: other, headline: 'New' }
  await refused(await update(input, as.admin()), { code: 'NOT_FOUND' })
  await refused(await update(input, as.teacher(other)), { code: 'NOT_FOUND' })
})

test.each([
  ['input.headline', { headline: 'x'.repeat(121) }],
  ['input.bio', { bio: 'x'.repeat(4001) }],
  ['input.experienceYears', { experienceYears: 81 }],
  ['input.hourlyRate', { hourlyRate: 0.001 }],
  ['input.hourlyRate', { hourlyRate: 10_000_001 }],
  ['input.currency', { currency: 'XYZ' }],
  ['input.timezone', { timezone: 'Mars/Olympus' }],
  ['input.videoUrl', { videoUrl: 'http://video.example.org' }],
  ['input.languages.1.language', { languages: [english, english] }],
  ['input.languages.0.maxLevel', { languages: [{ ...english, minLevel: 'C2' }] }],
])('%s must not be %j', async (field, input) => {
  await refused(await update(input), { code: 'BAD_USER_INPUT', field })
})
