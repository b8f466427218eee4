import { as, eveningEnglish, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const { people, group, lesson } = eveningEnglish
const services = ['auth', 'teachers', 'students', 'groups', 'calendar', 'notification']
const query = `query ($id: TelegramID) { exportMyData(telegramId: $id) { telegramId exportedAt data } }`
const now = new Date('2026-11-20T12:00:00Z')

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services,
    gateway: true,
    env: { auth: { RATE_LIMITS: 'on' } },
    overrides: { clock: () => now },
  })
  await eveningEnglish.fillEveningEnglish(school)
  await insert(school.database('notification'), 'telegram_chats', {
    telegram_id: people.anna,
    chat_id: people.anna,
    reachability: 'OK',
  })
  await insert(school.database('calendar'), 'calendar_feeds', {
    person_telegram_id: people.anna,
    token_hash: '\\xfeedfeed',
  })
  for (const [telegramId, digit] of [
    [people.anna, 1],
    [people.boris, 2],
  ] as const) {
    const viewer = as.student(telegramId)
    const phone = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { phone } } }`
    const guardian = `mutation ($input: UpdateStudentInput!) { updateStudent(input: $input) { student { goals } } }`
    await school.ask('auth', viewer, phone, { input: { telegramId, phone: `+1555010${digit}` } })
    await school.ask('students', viewer, guardian, {
      input: { telegramId, guardianContact: `mother-${digit}@example.org` },
    })
  }
})
afterAll(() => school.close())

const ask = (viewer: Parameters<TestSchool['ask']>[1], id?: bigint) =>
  school.ask('auth', viewer, query, { id })
const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

describe('a student', () => {
  test('gets what all six services store about them, contacts in the clear', async () => {
    const { data, errors } = await ask(as.student(people.anna))
    expect(errors).toBeUndefined()
    const { data: exported, ...about } = data?.exportMyData ?? {}
    const anna = String(people.anna)
    expect(about).toEqual({ telegramId: anna, exportedAt: now.toISOString() })
    expect(Object.keys(exported)).toEqual(services)
    expect(exported.auth.users).toMatchObject([
      { telegram_id: anna, first_name: 'Анна', phone: '+15550101', email: null },
    ])
    expect(exported.teachers).toEqual({})
    expect(exported.students).toMatchObject({
      students: [{ staff_notes: 'shy', guardian_contact: 'mother-1@example.org' }],
      student_languages: [{ language: 'en', level: 'B1' }],
      group_enrollments: [{ group_id: group, status: 'ACTIVE' }],
    })
    expect(exported.groups).toMatchObject({
      group_members: [{ group_id: group, joined_at: '2026-01-05T10:00:00.000Z' }],
      groups_as_member: [
        { id: group, name: 'Evening English', teacher_telegram_id: String(people.tanya) },
      ],
    })
    expect(exported.calendar).toMatchObject({
      calendar_feeds: [{ person_telegram_id: anna }],
      lesson_participants: [{ lesson_id: lesson, response: 'ACCEPTED' }],
      lesson_attendance: [{ status: 'LATE', minutes: 50 }],
      lessons_as_participant: [
        { id: lesson, title: 'Lesson 1', starts_at: '2026-03-02T18:00:00.000Z' },
      ],
    })
    expect(exported.notification).toMatchObject({
      notifications: [{ text: 'Lesson 1 begins in an hour.', status: 'SENT' }],
      telegram_chats: [{ chat_id: anna, reachability: 'OK' }],
    })
  })

  test('gets no secrets, and nothing of who shares the lessons', async () => {
    const { data } = await ask(as.student(people.anna))
    const text = JSON.stringify(data.exportMyData)
    expect(text).not.toMatch(/hash|ciphertext|key_id|\\\\x|feedfeed/)
    expect(text).not.toMatch(new RegExp(`${people.boris}|Boris|mother-2|15550102`))
  })

  test.each([
    ['a classmate', people.boris],
    ['nobody', 77n],
  ])('does not get that of %s', async (_, id) => {
    const answer = await ask(as.student(people.anna), id)
    expect(code(answer)).toBe('FORBIDDEN')
    expect(answer.data.exportMyData).toBeNull()
  })
})

test('a teacher gets the groups and lessons they give, without the students', async () => {
  const { data } = await ask(as.teacher(people.tanya))
  const { data: exported } = data.exportMyData
  expect(exported.teachers.teachers).toMatchObject([{ bio: 'Taught in three countries.' }])
  expect(exported.groups).toMatchObject({ groups: [{ id: group }] })
  expect(exported.calendar).toMatchObject({ lessons: [{ id: lesson }] })
  expect(JSON.stringify(exported)).not.toMatch(new RegExp(`${people.anna}|${people.boris}|Анна`))
})

test('a teacher does not get that of a student', async () => {
  expect(code(await ask(as.teacher(people.tanya), people.anna))).toBe('FORBIDDEN')
})

describe('an administrator', () => {
  const admin = as.admin(people.admin)

  test('gets what a student gets of themselves', async () => {
    const own = await ask(as.student(people.boris))
    const { data } = await ask(admin, people.boris)
    const { person_exports: earlier, ...auth } = data.exportMyData.data.auth
    expect(earlier).toHaveLength(1)
    data.exportMyData.data.auth = auth
    expect(data).toEqual(own.data)
    expect(auth.users[0].first_name).toBe('Boris')
  })

  test('leaves a trace, for the person and in the audit log', async () => {
    await ask(admin, people.sam)
    const { data } = await ask(as.teacher(people.sam))
    expect(data.exportMyData.data.auth.person_exports).toEqual([
      {
        id: expect.any(String),
        telegram_id: String(people.sam),
        requested_by_telegram_id: String(people.admin),
        exported_at: now.toISOString(),
        created_at: expect.any(String),
      },
    ])
    const log = await school.ask(
      'auth',
      admin,
      `query ($id: TelegramID) { auditLog { auth(filter: { telegramId: $id, table: "person_exports" }) {
        nodes { action actor requestId } } } }`,
      { id: people.sam },
    )
    const logged = { action: 'INSERT', requestId: expect.any(String) }
    expect(log.data.auditLog.auth.nodes).toEqual([
      { ...logged, actor: `user:${people.sam}` },
      { ...logged, actor: `user:${people.admin}` },
    ])
  })

  test('gets null for who is not known, which leaves none', async () => {
    expect(await ask(admin, 77n)).toEqual({ data: { exportMyData: null } })
    expect(await ask(admin, 77n)).toEqual({ data: { exportMyData: null } })
  })

  test('who is none any more gets nothing', async () => {
    expect(code(await ask(as.admin(people.sam), people.anna))).toBe('FORBIDDEN')
  })
})

test.each([
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ['programs', as.machine('people:read'), 'FORBIDDEN'],
  ['sister services', as.service('groups'), 'FORBIDDEN'],
])('is not for %s', async (_, viewer, expected) => {
  expect(code(await ask(viewer, people.anna))).toBe(expected)
})

test.each(services)('%s tells what it stores to auth alone', async (service) => {
  const part = `query ($id: TelegramID!) { personData(telegramId: $id) }`
  const sister = as.service(service === 'groups' ? 'calendar' : 'groups')
  for (const viewer of [as.admin(people.admin), as.student(people.anna), sister]) {
    const answer = await school.ask(service, viewer, part, { id: people.anna })
    expect(code(answer)).toBe('FORBIDDEN')
    expect(answer.data?.personData).toBeNull()
  }
})

test('a service that is away leaves no export that looks whole', async () => {
  const startAgain = await school.stop('calendar')
  try {
    const answer = await ask(as.student(people.outsider))
    expect(code(answer)).toBe('SERVICE_UNAVAILABLE')
    expect(answer.errors?.[0].extensions.service).toBe('calendar')
    expect(answer.data.exportMyData).toBeNull()
  } finally {
    await startAgain()
  }
})

test('an eleventh export within the hour must wait', async () => {
  const answers = await Promise.all(Array.from({ length: 14 }, () => ask(as.teacher(people.sam))))
  // One was asked for above.
  expect(answers.filter((answer) => code(answer) === 'RATE_LIMITED')).toHaveLength(5)
  expect(answers.filter((answer) => answer.data?.exportMyData)).toHaveLength(9)
})

test('10,000 notifications with their logs get through the gateway, for as many statements as one', async () => {
  const id = 5_000_000_001n
  const { owner } = school.database('notification')
  await insert(school.database('auth'), 'users', { telegram_id: id, first_name: 'Busy' })
  const exportAll = () => school.statements('notification', () => ask(as.admin(people.admin), id))
  const few = await exportAll()
  await owner.query(
    `BEGIN;
     SELECT set_config('classgram.actor', 'system:test', true);
     INSERT INTO notifications (recipient_telegram_id, kind, status, text, dedup_key, payload)
     SELECT ${id}, 'ANNOUNCEMENT', 'SENT', repeat('The school is closed today. ', 10), n::text,
       '{"why": "snow"}' FROM generate_series(1, 10000) n;
     INSERT INTO notification_logs (notification_id, channel, attempt, text, duration_ms)
     SELECT id, 'TELEGRAM', 1, text, 5 FROM notifications WHERE recipient_telegram_id = ${id};
     COMMIT`,
  )
  const { data, errors } = await school.query(await school.signIn(id), query)
  expect(errors).toBeUndefined()
  const { notifications, notification_logs: logs } = data.exportMyData.data.notification
  expect([notifications.length, logs.length]).toEqual([10_000, 10_000])
  expect(await exportAll()).toHaveLength(few.length)
  expect(few).toHaveLength(2)
})
