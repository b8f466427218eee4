import { as, eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../session/test-client.ts'
import { knowsToken } from '../telegram/test-telegram.ts'
import { byService, erasePerson, erasureFields, type Receipt, services } from './test-erasure.ts'
import { fillAnna, findRemains, lessons, mark } from './test-person.ts'

const { people, group } = eveningEnglish

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services, gateway: true, env: { auth: knowsToken } })
  await eveningEnglish.fillEveningEnglish(school)
})
afterAll(() => school.close())

async function select(service: string, sql: string, ...values: unknown[]) {
  return (await school.database(service).owner.query(sql, values)).rows
}

const tablesOf = (remains: string[]) =>
  [...new Set(remains.map((line) => line.replace(/ .*/s, '')))].sort()

describe('a student who erases themselves', () => {
  const words = [mark, 'Анна', '+15550123', '+15550177']
  let token: string
  let erasure: { receipts: Receipt[] }

  beforeAll(async () => {
    token = (await createClient(school).signIn(people.anna)).accessToken
    await fillAnna(school)
    expect(tablesOf(await findRemains(school, services, words))).toEqual([
      'auth.identities',
      'auth.users',
      'calendar.lesson_attendance',
      'calendar.lessons',
      'groups.group_progress',
      'notification.audit_log',
      'notification.notification_logs',
      'notification.notifications',
      'students.level_assessments',
      'students.students',
    ])
    const { data, errors } = await school.query(token, erasePerson, {
      input: { telegramId: people.anna },
    })
    expect(errors).toBeUndefined()
    erasure = data.erasePerson.erasure
  })

  test('leaves nothing of themselves in any table of any service', async () => {
    expect(await findRemains(school, services, words)).toEqual([])
    const [user] = await select(
      'auth',
      'SELECT * FROM users WHERE telegram_id = $1',
      String(people.anna),
    )
    expect(user).toMatchObject({
      first_name: 'Erased',
      is_active: false,
      erased_at: expect.any(Date),
      phone_ciphertext: null,
      email_ciphertext: null,
      phone_hash: null,
      metadata: {},
    })
  })

  test('is an id to what others rely on, and to nothing else', async () => {
    const named = await findRemains(school, services, [String(people.anna)])
    expect(tablesOf(named).filter((table) => !table.endsWith('.audit_log'))).toEqual([
      'auth.consents',
      'auth.erasures',
      'auth.users',
      'calendar.lesson_attendance',
      'calendar.lesson_participants',
      'groups.group_members',
    ])
  })

  test('gets a receipt from each service', () => {
    const receipts = byService(erasure.receipts)
    expect(Object.keys(receipts)).toEqual(services)
    const rows = Object.fromEntries(services.map((name) => [name, receipts[name]?.rows]))
    expect(rows).toEqual({
      auth: {
        users: 1,
        identities: 1,
        sessions: 1,
        refresh_tokens: 1,
        login_codes: 0,
        idempotency_keys: 1,
        outbox_events: 0,
      },
      teachers: { teacher_languages: 0, teachers: 0, idempotency_keys: 0, outbox_events: 0 },
      students: {
        students: 1,
        student_languages: 1,
        level_assessments: 1,
        group_enrollments: 1,
        idempotency_keys: 0,
        outbox_events: 0,
      },
      groups: {
        group_members: 1,
        group_progress: 1,
        group_invitations: 1,
        idempotency_keys: 0,
        outbox_events: 0,
      },
      calendar: {
        lessons: 2,
        lesson_series: 0,
        lesson_participants: 2,
        lesson_attendance: 1,
        teacher_schedules: 0,
        teacher_unavailable: 0,
        calendar_feeds: 1,
        idempotency_keys: 0,
        outbox_events: 0,
      },
      notification: {
        notifications: 2,
        notification_logs: 1,
        user_notification_settings: 1,
        telegram_chats: 1,
        idempotency_keys: 0,
        outbox_events: 0,
      },
    })
    for (const name of services) {
      expect(receipts[name]).toMatchObject({ status: 'DONE', attempts: 1, lastError: null })
    }
  })

  test('stays in the audit log of each service as somebody about whom something was changed', async () => {
    for (const service of services) {
      const told = await select(
        service,
        `SELECT actor, table_name, row_id, after FROM audit_log
         WHERE person_telegram_id = $1 AND table_name = 'audit_log'`,
        String(people.anna),
      )
      const actor = service === 'auth' ? `user:${people.anna}` : 'service:auth'
      expect(told).toMatchObject([{ actor, after: { forgotten: expect.any(Number) } }])
      const shown = await select(
        service,
        `SELECT table_name FROM audit_log WHERE person_telegram_id = $1
         AND (before IS NOT NULL OR after IS NOT NULL)`,
        String(people.anna),
      )
      const tables = new Set(shown.map((row) => row.table_name))
      expect([...tables].sort()).toEqual(
        service === 'auth' ? ['audit_log', 'erasures'] : ['audit_log'],
      )
    }
    const kept = await select(
      'auth',
      `SELECT after FROM audit_log WHERE person_telegram_id = $1 AND table_name = 'erasures'
       AND action = 'INSERT'`,
      String(people.anna),
    )
    expect(kept).toMatchObject([{ after: { requested_at: expect.any(String) } }])
  })

  test('leaves the group and the lessons to those who remain', async () => {
    const query = `query ($group: UUID!, $past: UUID!, $coming: UUID!, $alone: UUID!, $before: UUID!) {
      group(id: $group) {
        members(status: [ACTIVE, LEFT]) { nodes { status student { telegramId user { firstName } } } }
      }
      past: lesson(id: $past) {
        title status
        participants { attendance { status remark } student { user { firstName } } }
      }
      coming: lesson(id: $coming) { status participants { student { user { firstName } } } }
      alone: lesson(id: $alone) { title status cancelReason participants { id } }
      before: lesson(id: $before) { title status place participants { id } }
    }`
    const { data, errors } = await school.query(await school.signIn(people.tanya), query, {
      group,
      past: lessons.past,
      coming: lessons.coming,
      alone: lessons.comingAlone,
      before: lessons.pastAlone,
    })
    expect(errors).toBeUndefined()
    const erased = { user: { firstName: 'Erased' } }
    const boris = { user: { firstName: 'Boris' } }
    expect(data).toEqual({
      group: {
        members: {
          nodes: [
            { status: 'LEFT', student: { telegramId: String(people.anna), ...erased } },
            { status: 'ACTIVE', student: { telegramId: String(people.boris), ...boris } },
          ],
        },
      },
      past: {
        title: 'Lesson 1',
        status: 'COMPLETED',
        participants: [
          { attendance: { status: 'LATE', remark: null }, student: erased },
          { attendance: null, student: boris },
        ],
      },
      coming: { status: 'SCHEDULED', participants: [{ student: boris }] },
      alone: { title: 'Lesson', status: 'CANCELLED', cancelReason: null, participants: [] },
      before: {
        title: 'Lesson',
        status: 'COMPLETED',
        place: null,
        participants: [{ id: expect.any(String) }],
      },
    })
    const notes = await select('groups', 'SELECT note FROM group_progress')
    expect(notes).toEqual([{ note: 'Boris works hard' }])
    expect(await select('auth', 'SELECT document FROM consents')).toHaveLength(1)
  })

  test('writes nothing more with a token of before', async () => {
    const before = await select('notification', 'SELECT id FROM user_notification_settings')
    const save = `mutation { saveNotificationSetting(input: { kind: LESSON_REMINDER, channel: TELEGRAM }) { setting { enabled } } }`
    const { errors } = await school.query(token, save)
    expect(errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
    const again = await school.query(token, erasePerson, { input: { telegramId: people.anna } })
    expect(again.errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
    expect(await select('notification', 'SELECT id FROM user_notification_settings')).toEqual(
      before,
    )
  })

  test('does not sign in again, and nobody records anything new about them', async () => {
    expect(await createClient(school).signIn(people.anna)).toBeFalsy()
    const admin = await school.signIn(people.admin)
    const telegramId = people.anna
    const make = (name: string, type: string, input: object) =>
      school.query(admin, `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`, {
        input,
      })
    const codes = await Promise.all([
      make('createStudent', 'CreateStudentInput', { telegramId }),
      make('createNotification', 'CreateNotificationInput', {
        recipientTelegramId: telegramId,
        kind: 'ANNOUNCEMENT',
        text: mark,
        deduplicationKey: 'x',
      }),
      make('addGroupMember', 'AddGroupMemberInput', {
        groupId: group,
        studentTelegramId: telegramId,
      }),
      make('updateUser', 'UpdateUserInput', { telegramId, firstName: mark }),
      make('createUser', 'CreateUserInput', { telegramId, firstName: mark }),
    ])
    expect(codes.map(({ errors }) => errors?.[0].extensions.code)).toEqual([
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
      'CONFLICT',
      'CONFLICT',
    ])
    expect(await findRemains(school, services, words)).toEqual([])
  })

  test('is erased once, however often an administrator asks', async () => {
    const admin = await school.signIn(people.admin)
    const { data } = await school.query(admin, erasePerson, { input: { telegramId: people.anna } })
    expect(data.erasePerson.erasure).toEqual(erasure)
    const read = `query ($id: TelegramID!) {
      erasure(telegramId: $id) { ${erasureFields} }
      user(telegramId: $id) { firstName erasure { completedAt } }
      nobody: erasure(telegramId: 5) { completedAt }
    }`
    const seen = await school.query(admin, read, { id: people.anna })
    expect(seen.data.erasure).toEqual(erasure)
    expect(seen.data.user.firstName).toBe('Erased')
    expect(seen.data.nobody).toBeNull()
    const statements = await school.statements('auth', () =>
      school.ask('auth', as.admin(people.admin), read, { id: people.anna }),
    )
    expect(statements).toHaveLength(2)
  })
})
