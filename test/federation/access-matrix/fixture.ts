import { createHash, randomUUID } from 'node:crypto'
import { eveningEnglish, insert, type TestSchool } from '@classgram/test/kit'

const { people, fillEveningEnglish } = eveningEnglish

/** Things of Anna's and Tanya's beyond those of the evening school, so that no field lacks data. */
export const things = {
  upcomingLesson: '01930000-0000-7000-8000-0000000000a2',
  schedule: '01930000-0000-7000-8000-0000000000c1',
  absence: '01930000-0000-7000-8000-0000000000c2',
  openGroup: '01930000-0000-7000-8000-000000000002',
  invitedStay: '01930000-0000-7000-8000-0000000000d1',
  link: '01930000-0000-7000-8000-0000000000d3',
  linkToken: 'g_a-link-into-the-group',
  progress: '01930000-0000-7000-8000-0000000000d2',
  notification: '01930000-0000-7000-8000-0000000000e1',
  consent: '01930000-0000-7000-8000-0000000000f1',
  identity: '01930000-0000-7000-8000-0000000000f2',
  /** At the provider `lab`. */
  linkedSubject: 'anna-at-the-lab',
  program: 'website',
  /** A teacher by role who has no profile yet. */
  newTeacher: 1_099_511_627_790n,
  /** Nobody yet. */
  newcomer: 1_099_511_627_791n,
} as const

/** A lesson of Anna's alone, so that a path through its participants leads to her entry only. */
const lessonTime = { starts_at: '2050-03-02T18:00:00Z', ends_at: '2050-03-02T19:00:00Z' }

export async function fillSchool(school: TestSchool): Promise<void> {
  await fillEveningEnglish(school)
  await fillPeople(school)
  await fillGroups(school)
  await fillCalendar(school)
  await fillNotifications(school)
}

async function fillPeople(school: TestSchool): Promise<void> {
  const auth = school.database('auth')
  await insert(auth, 'users', {
    telegram_id: things.newTeacher,
    role: 'TEACHER',
    first_name: 'Nina',
    timezone: 'Europe/Moscow',
  })
  await insert(auth, 'consents', {
    id: things.consent,
    user_telegram_id: people.anna,
    document: 'privacy-policy',
    version: '2026-01',
  })
  await insert(auth, 'identities', {
    id: things.identity,
    user_telegram_id: people.anna,
    provider: 'lab',
    subject: things.linkedSubject,
  })
  await insert(auth, 'oauth_clients', {
    client_id: things.program,
    name: 'The website',
    secret_hash: '\\x00',
    scopes: ['groups:read'],
  })
  await insert(school.database('students'), 'level_assessments', {
    student_telegram_id: people.anna,
    language: 'en',
    level: 'B1',
    reason: 'Spoke for an hour.',
    assessed_by_telegram_id: people.tanya,
  })
}

async function fillGroups(school: TestSchool): Promise<void> {
  const groups = school.database('groups')
  await insert(groups, 'groups', {
    id: things.openGroup,
    name: 'Morning English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: people.tanya,
    capacity: 5,
    status: 'OPEN',
  })
  await insert(groups, 'group_members', {
    id: things.invitedStay,
    group_id: things.openGroup,
    student_telegram_id: people.anna,
    status: 'INVITED',
    invited_at: '2026-02-01T10:00:00Z',
  })
  await insert(groups, 'group_invitations', {
    id: things.link,
    group_id: eveningEnglish.group,
    token_hash: `\\x${createHash('sha256').update(things.linkToken).digest('hex')}`,
    expires_at: '2050-01-01T00:00:00Z',
    created_by_telegram_id: people.tanya,
  })
  const record = {
    group_id: eveningEnglish.group,
    unit: '1',
    percentage: 40,
    recorded_by_telegram_id: people.tanya,
  }
  await insert(
    groups,
    'group_progress',
    { ...record, id: randomUUID(), student_telegram_id: null },
    { ...record, id: things.progress, student_telegram_id: people.anna },
  )
}

async function fillCalendar(school: TestSchool): Promise<void> {
  const calendar = school.database('calendar')
  await insert(calendar, 'lessons', {
    ...lessonTime,
    id: things.upcomingLesson,
    title: 'Lesson for Anna alone',
    teacher_telegram_id: people.tanya,
    timezone: 'Europe/London',
    status: 'SCHEDULED',
  })
  await insert(calendar, 'lesson_participants', {
    ...lessonTime,
    lesson_id: things.upcomingLesson,
    lesson_status: 'SCHEDULED',
    student_telegram_id: people.anna,
  })
  await insert(calendar, 'teacher_schedules', {
    id: things.schedule,
    teacher_telegram_id: people.tanya,
    weekday: 1,
    local_from: '09:00',
    local_to: '17:00',
    timezone: 'Europe/London',
    valid_from: '2026-01-01',
  })
  await insert(calendar, 'teacher_unavailable', {
    id: things.absence,
    teacher_telegram_id: people.tanya,
    starts_at: '2026-03-20T00:00:00Z',
    ends_at: '2026-03-27T00:00:00Z',
    reason: 'holidays',
  })
}

async function fillNotifications(school: TestSchool): Promise<void> {
  const notification = school.database('notification')
  await insert(notification, 'notifications', {
    id: things.notification,
    recipient_telegram_id: people.anna,
    kind: 'ANNOUNCEMENT',
    text: 'Exams are near.',
    dedup_key: 'exams',
    scheduled_at: '2050-01-01T00:00:00Z',
  })
  await insert(notification, 'notification_logs', {
    notification_id: things.notification,
    channel: 'TELEGRAM',
    attempt: 1,
    duration_ms: 12,
  })
  await insert(notification, 'notification_templates', {
    kind: 'ANNOUNCEMENT',
    channel: 'TELEGRAM',
    locale: 'en',
    version: 1,
    body: 'News: {text}',
    is_active: true,
  })
  await insert(notification, 'user_notification_settings', {
    user_telegram_id: people.anna,
    kind: 'ANNOUNCEMENT',
    channel: 'TELEGRAM',
  })
  await insert(notification, 'telegram_chats', {
    telegram_id: people.anna,
    chat_id: people.anna,
    reachability: 'OK',
  })
}
