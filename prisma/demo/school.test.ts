import { expect, test } from 'vitest'
import { demoPeople } from './demo-people.ts'
import { createDemoSchool } from './school.ts'

const now = new Date('2026-10-20T15:30:00Z')
const school = createDemoSchool(now)
const { auth, calendar, groups, notification, students, teachers } = school

test('the same instant gives the same school', () => {
  expect(createDemoSchool(now)).toEqual(school)
})

test('ids do not depend on the day', () => {
  const later = createDemoSchool(new Date('2027-04-02T05:00:00Z'))
  const keys = (rows: readonly { id: string; telegram_id?: bigint }[]) =>
    rows.map(({ id, telegram_id }) => [id, telegram_id])
  expect(keys(later.auth.users)).toEqual(keys(auth.users))
  expect(keys(later.groups.groups)).toEqual(keys(groups.groups))
})

test('the school has the size it claims', () => {
  const count = (role: string) => auth.users.filter((user) => user.role === role).length
  expect([count('ADMIN'), count('TEACHER'), count('STUDENT')]).toEqual([2, 12, 240])
  expect(groups.groups).toHaveLength(30)
  expect(new Set(groups.groups.map(({ language }) => language)).size).toBe(6)
  expect(new Set(groups.groups.map(({ level }) => level)).size).toBe(6)
  expect(calendar.lessons.length).toBeGreaterThan(400)
  expect(calendar.lesson_participants.length / calendar.lessons.length).toBeGreaterThan(6)
})

test('every state that a client has to show occurs', () => {
  const among = (values: readonly string[]) => [...new Set(values)].sort()
  const member = ['ACTIVE', 'COMPLETED', 'INVITED', 'LEFT', 'PAUSED', 'REMOVED', 'WAITLISTED']
  expect(among(groups.group_members.map(({ status }) => status))).toEqual(member)
  expect(among(groups.groups.map(({ status }) => status))).toHaveLength(5)
  const lesson = ['CANCELLED', 'COMPLETED', 'MISSED', 'SCHEDULED']
  expect(among(calendar.lessons.map(({ status }) => status))).toEqual(lesson)
  expect(among(calendar.lesson_participants.map(({ response }) => response))).toHaveLength(3)
  expect(among(calendar.lesson_attendance.map(({ status }) => status))).toHaveLength(4)
  expect(among(notification.telegram_chats.map((chat) => chat.reachability))).toHaveLength(4)
  const sent = notification.notifications.map(({ status }) => status)
  expect(among(sent)).toEqual(expect.arrayContaining(['DELIVERED', 'FAILED', 'SCHEDULED', 'SENT']))
  expect(notification.notifications.some(({ read_at }) => read_at)).toBe(true)
})

test('Telegram ids need more than 32 bits, some more than 40, and each is one person', () => {
  const ids = auth.users.map((user) => user.telegram_id)
  expect(ids.every((id) => id > 2n ** 32n && id < 2n ** 52n)).toBe(true)
  expect(ids.filter((id) => id > 2n ** 40n).length).toBeGreaterThan(20)
  expect(new Set(ids).size).toBe(ids.length)
})

test('people and texts come in both languages', () => {
  const cyrillic = /\p{Script=Cyrillic}/u
  for (const user of auth.users) {
    expect(cyrillic.test(user.first_name)).toBe(user.language_code === 'ru')
  }
  const speech = new Map(auth.users.map((user) => [user.telegram_id, user.language_code]))
  const told = notification.notifications.map((row) => [
    speech.get(row.recipient_telegram_id) === 'ru',
    cyrillic.test(row.title),
  ])
  expect(told.filter(([isRussian]) => isRussian).length).toBeGreaterThan(300)
  expect(told.filter(([isRussian]) => !isRussian).length).toBeGreaterThan(300)
  expect(told.every(([isRussian, isCyrillic]) => isRussian === isCyrillic)).toBe(true)
  expect(teachers.teachers.filter(({ bio }) => cyrillic.test(bio))).toHaveLength(5)
  expect(students.students.some(({ goals }) => goals && cyrillic.test(goals))).toBe(true)
  expect(students.students.some(({ goals }) => goals && !cyrillic.test(goals))).toBe(true)
  expect(notification.notification_templates).toHaveLength(9 * 3 * 2)
})

test('contacts belong to nobody', () => {
  const given = <T>(values: readonly (T | null)[]) => values.filter((value) => value !== null)
  const phones = given(auth.users.map(({ phone }) => phone))
  const emails = given(auth.users.map(({ email }) => email))
  expect(phones.length).toBeGreaterThan(150)
  expect(phones.filter((phone) => !/^(\+7 000 |\+1 20\d 555-01)/.test(phone))).toEqual([])
  expect(emails.filter((email) => !email.endsWith('@example.org'))).toEqual([])
  expect(new Set(phones).size).toBe(phones.length)
})

test('every reference resolves, across the databases too', () => {
  const teacherIds = new Set(teachers.teachers.map((row) => row.telegram_id))
  const studentIds = new Set(students.students.map((row) => row.telegram_id))
  const userIds = new Set(auth.users.map((row) => row.telegram_id))
  const groupIds = new Set(groups.groups.map(({ id }) => id))
  const lessonIds = new Set(calendar.lessons.map(({ id }) => id))
  const all = <T>(set: ReadonlySet<T>, refs: readonly (T | null)[]) =>
    expect(refs.filter((ref) => ref !== null && !set.has(ref))).toEqual([])

  all(userIds, [...teacherIds, ...studentIds])
  all(
    userIds,
    notification.notifications.map((row) => row.recipient_telegram_id),
  )
  all(
    teacherIds,
    groups.groups.map((row) => row.teacher_telegram_id),
  )
  all(
    teacherIds,
    calendar.lessons.map((row) => row.teacher_telegram_id),
  )
  all(
    teacherIds,
    students.level_assessments.map((row) => row.assessed_by_telegram_id),
  )
  all(
    studentIds,
    groups.group_members.map((row) => row.student_telegram_id),
  )
  all(
    studentIds,
    groups.group_progress.map((row) => row.student_telegram_id),
  )
  all(
    studentIds,
    calendar.lesson_participants.map((row) => row.student_telegram_id),
  )
  all(
    groupIds,
    groups.group_members.map((row) => row.group_id),
  )
  all(
    groupIds,
    calendar.lessons.map((row) => row.group_id),
  )
  all(
    lessonIds,
    calendar.lesson_participants.map((row) => row.lesson_id),
  )
  const places = new Set(
    calendar.lesson_participants.map((row) => `${row.lesson_id} ${row.student_telegram_id}`),
  )
  all(
    places,
    calendar.lesson_attendance.map((row) => `${row.lesson_id} ${row.student_telegram_id}`),
  )
})

test('read models agree with the groups database', () => {
  const pick = ({
    id,
    name,
    language,
    level,
    status,
    teacher_telegram_id,
  }: (typeof groups.groups)[number]) => ({ id, name, language, level, status, teacher_telegram_id })
  expect(teachers.groups).toMatchObject(groups.groups.map(pick))
  expect(teachers.groups.map((row) => row.source_version)).toEqual(
    groups.groups.map((row) => row.version),
  )
  expect(
    students.group_enrollments.map((row) => [
      row.id,
      row.group_id,
      row.student_telegram_id,
      row.status,
      row.source_version,
    ]),
  ).toEqual(
    groups.group_members.map((row) => [
      row.id,
      row.group_id,
      row.student_telegram_id,
      row.status,
      row.version,
    ]),
  )
  expect(calendar.group_states.map((row) => [row.id, row.status, row.source_version])).toEqual(
    groups.groups.map((row) => [row.id, row.status, row.version]),
  )
})

test('read models agree with the calendar database', () => {
  const lessons = calendar.lessons.filter(
    ({ group_id, starts_at }) => group_id && starts_at.getTime() > now.getTime() - 86_400_000,
  )
  const weekday = ({ starts_at, timezone }: (typeof lessons)[number]) =>
    new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: timezone }).format(starts_at)
  const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
  expect(groups.group_lessons).toMatchObject(
    lessons.map((lesson) => ({
      id: lesson.id,
      group_id: lesson.group_id,
      weekday: names.indexOf(weekday(lesson)) + 1,
      starts_at: lesson.starts_at,
      is_scheduled: lesson.status === 'SCHEDULED',
      source_version: lesson.version,
    })),
  )
})

test('what is over has nothing to come', () => {
  const over = groups.groups.filter(({ status }) => ['FINISHED', 'ARCHIVED'].includes(status))
  const ids = new Set<string | null>(over.map(({ id }) => id))
  const toCome = calendar.lessons.filter(
    ({ group_id, status, starts_at }) =>
      ids.has(group_id) && status === 'SCHEDULED' && starts_at > now,
  )
  expect([ids.size > 0, toCome]).toEqual([true, []])
})

test('the people of the printed tokens meet, before and after now', () => {
  const role = (id: bigint) => auth.users.find((user) => user.telegram_id === id)?.role
  expect(role(demoPeople.admin)).toBe('ADMIN')
  expect(role(demoPeople.teacher)).toBe('TEACHER')
  const member = groups.group_members.find(
    (row) => row.student_telegram_id === demoPeople.student && row.status === 'ACTIVE',
  )
  const joint = calendar.lessons.filter(
    ({ id, group_id, teacher_telegram_id }) =>
      group_id === member?.group_id &&
      teacher_telegram_id === demoPeople.teacher &&
      calendar.lesson_participants.some(
        (row) => row.lesson_id === id && row.student_telegram_id === demoPeople.student,
      ),
  )
  expect(
    joint.filter(({ status, ends_at }) => status === 'COMPLETED' && ends_at <= now).length,
  ).toBeGreaterThan(4)
  expect(
    joint.filter(({ status, starts_at }) => status === 'SCHEDULED' && starts_at > now).length,
  ).toBeGreaterThan(4)
})

test('nobody is written to at night, or twice for one reason', () => {
  const zones = new Map(auth.users.map((user) => [user.telegram_id, user.timezone]))
  const hours = notification.notifications.map(({ recipient_telegram_id, scheduled_at }) =>
    Number(
      new Intl.DateTimeFormat('en', {
        hour: 'numeric',
        hourCycle: 'h23',
        timeZone: zones.get(recipient_telegram_id) ?? 'UTC',
      }).format(scheduled_at),
    ),
  )
  expect(hours.filter((hour) => hour < 8 || hour >= 22)).toEqual([])
  const occasions = notification.notifications.map(
    (row) => `${row.recipient_telegram_id} ${row.dedup_key}`,
  )
  expect(new Set(occasions).size).toBe(occasions.length)
})

test('rows of a table have the same columns, for they are inserted together', () => {
  for (const tables of Object.values(school)) {
    for (const rows of Object.values(tables)) {
      expect(rows.length).toBeGreaterThan(0)
      expect(new Set(rows.map((row: object) => Object.keys(row).join())).size).toBe(1)
    }
  }
})
