import { randomUUID } from 'node:crypto'
import { as, eveningEnglish, insert, type TestSchool } from '@classgram/test/kit'

const { people, group, lesson } = eveningEnglish

/** Stands in every text about the person that the tests erase. */
export const mark = 'Annuschka'
/** A phone number that is sealed, and stands nowhere in the clear. */
const phone = '+15550123'

const day = 24 * 60 * 60 * 1000

/** The start or end of an hour, so many days from now. */
export const at = (days: number, hours = 0) =>
  new Date(Math.floor(Date.now() / day) * day + days * day + hours * 3_600_000).toISOString()

export const lessons = {
  /** With her group; she has been absent for a reason. */
  past: lesson,
  /** With Tanya alone: over, and to come. */
  pastAlone: randomUUID(),
  comingAlone: randomUUID(),
  /** With her group. */
  coming: randomUUID(),
}

/** Writes something about Anna wherever the six services keep something about a student. */
export async function fillAnna(school: TestSchool): Promise<void> {
  const self = as.student(people.anna)
  const change = (service: string, field: string, type: string, input: object) =>
    school.ask(
      service,
      self,
      `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`,
      {
        input: { telegramId: people.anna, ...input },
      },
    )
  await change('auth', 'updateUser', 'UpdateUserInput', { phone, email: 'annuschka@example.org' })
  await change('students', 'updateStudent', 'UpdateStudentInput', {
    goals: `${mark} wants to travel`,
    guardianContact: '+15550177',
  })
  await change('notification', 'saveNotificationSetting', 'SaveNotificationSettingInput', {
    telegramId: undefined,
    kind: 'LESSON_REMINDER',
    channel: 'TELEGRAM',
  })
  await write(school, 'auth', [
    `UPDATE users SET first_name = 'Анна', last_name = '${mark}', username = 'Annuschka_1', language_code = 'ru',
       photo_url = 'https://t.me/i/${mark}.svg', metadata = '{"nick": "${mark}"}'
     WHERE telegram_id = ${people.anna}`,
  ])
  await insert(school.database('auth'), 'identities', {
    user_telegram_id: people.anna,
    provider: 'school',
    subject: mark,
  })
  await insert(school.database('auth'), 'consents', {
    user_telegram_id: people.anna,
    document: 'privacy-policy',
    version: '1',
  })
  await write(school, 'students', [
    `UPDATE students SET staff_notes = '${mark} is shy' WHERE telegram_id = ${people.anna}`,
  ])
  await insert(school.database('students'), 'level_assessments', {
    student_telegram_id: people.anna,
    language: 'en',
    level: 'B1',
    reason: `${mark} reads well`,
    assessed_by_telegram_id: people.tanya,
  })
  await fillGroups(school)
  await fillCalendar(school)
  const notification = randomUUID()
  await insert(school.database('notification'), 'notifications', {
    id: notification,
    recipient_telegram_id: people.anna,
    kind: 'ANNOUNCEMENT',
    title: mark,
    text: `${mark}, come tomorrow`,
    payload: { name: mark },
    dedup_key: mark,
  })
  await insert(school.database('notification'), 'notification_logs', {
    notification_id: notification,
    channel: 'TELEGRAM',
    attempt: 1,
    text: `${mark}, come tomorrow`,
    error: `${mark} has blocked the bot`,
    duration_ms: 5,
  })
  await insert(school.database('notification'), 'telegram_chats', {
    telegram_id: people.anna,
    chat_id: people.anna,
  })
}

async function fillGroups(school: TestSchool): Promise<void> {
  const groups = school.database('groups')
  await insert(groups, 'group_invitations', {
    group_id: group,
    token_hash: '\\x01',
    expires_at: at(5),
    addressee_telegram_id: people.anna,
    created_by_telegram_id: people.tanya,
  })
  const recorded = { group_id: group, recorded_by_telegram_id: people.tanya, percentage: 50 }
  await insert(
    groups,
    'group_progress',
    { ...recorded, student_telegram_id: people.anna, unit: '1', note: `${mark} is late` },
    { ...recorded, student_telegram_id: people.boris, unit: '1', note: 'Boris works hard' },
  )
}

async function fillCalendar(school: TestSchool): Promise<void> {
  const calendar = school.database('calendar')
  const given = { teacher_telegram_id: people.tanya, timezone: 'Europe/London' }
  const rows = [
    { id: lessons.pastAlone, days: -3, status: 'COMPLETED', isAlone: true },
    { id: lessons.comingAlone, days: 3, status: 'SCHEDULED', isAlone: true },
    { id: lessons.coming, days: 4, status: 'SCHEDULED', isAlone: false },
  ].map((row) => ({ ...row, starts_at: at(row.days), ends_at: at(row.days, 1) }))
  await insert(
    calendar,
    'lessons',
    ...rows.map(({ id, status, isAlone, starts_at, ends_at }) => ({
      ...given,
      id,
      status,
      starts_at,
      ends_at,
      title: isAlone ? 'Before the exam' : 'Lesson 2',
      description: isAlone ? `${mark}’s essay` : null,
      location: isAlone ? `at ${mark}’s` : null,
      group_id: isAlone ? null : group,
    })),
  )
  await insert(
    calendar,
    'lesson_participants',
    ...rows.flatMap(({ id, status, isAlone, starts_at, ends_at }) =>
      (isAlone ? [people.anna] : [people.anna, people.boris]).map((student_telegram_id) => ({
        lesson_id: id,
        lesson_status: status,
        starts_at,
        ends_at,
        student_telegram_id,
      })),
    ),
  )
  await write(school, 'calendar', [
    `UPDATE lesson_attendance SET remark = '${mark} was at the doctor’s'
     WHERE student_telegram_id = ${people.anna}`,
  ])
  await insert(calendar, 'calendar_feeds', {
    person_telegram_id: people.anna,
    token_hash: '\\x01',
  })
}

/** Statements as the owner, in the name of a test. */
export async function write(school: TestSchool, service: string, statements: string[]) {
  const all = [`SET LOCAL classgram.actor = 'system:test'`, ...statements].join('; ')
  await school.database(service).owner.query(`BEGIN; ${all}; COMMIT`)
}

/** Where a text still stands: `service.table`, for every row of every table that has it. */
export async function findRemains(school: TestSchool, services: string[], texts: string[]) {
  const found: string[] = []
  for (const service of services) {
    const { owner } = school.database(service)
    const { rows: tables } = await owner.query(
      `SELECT relname AS name FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    )
    for (const { name } of tables) {
      const { rows } = await owner.query(
        `SELECT to_jsonb(t) AS row FROM "${name}" t
         WHERE EXISTS (SELECT FROM unnest($1::text[]) text WHERE strpos(lower(to_jsonb(t)::text), lower(text)) > 0)`,
        [texts],
      )
      found.push(...rows.map(({ row }) => `${service}.${name} ${JSON.stringify(row)}`))
    }
  }
  return found
}
