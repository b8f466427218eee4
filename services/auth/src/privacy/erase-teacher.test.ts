import { randomUUID } from 'node:crypto'
import { eveningEnglish, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { erase, services } from './test-erasure.ts'
import { at, findRemains, mark, write } from './test-person.ts'

const { people, group } = eveningEnglish

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services, gateway: true })
  await eveningEnglish.fillEveningEnglish(school)
})
afterAll(() => school.close())

describe('a teacher who is erased', () => {
  const past = randomUUID()
  const [coming, under] = [randomUUID(), randomUUID()]
  beforeAll(async () => {
    const calendar = school.database('calendar')
    const soon = new Date(Date.now() - 600_000).toISOString()
    const given = {
      teacher_telegram_id: people.tanya,
      timezone: 'Europe/London',
      title: 'Lesson 3',
      group_id: group,
      meeting_url: `https://meet.example/${mark}`,
    }
    await insert(
      calendar,
      'lessons',
      {
        ...given,
        id: past,
        starts_at: at(-9),
        ends_at: at(-9, 1),
        status: 'CANCELLED',
        cancel_reason: `${mark} is ill`,
      },
      {
        ...given,
        id: coming,
        starts_at: at(9),
        ends_at: at(9, 1),
        status: 'SCHEDULED',
        cancel_reason: null,
      },
      {
        ...given,
        id: under,
        starts_at: soon,
        ends_at: at(1),
        status: 'SCHEDULED',
        cancel_reason: null,
      },
    )
    await insert(calendar, 'lesson_participants', {
      lesson_id: coming,
      lesson_status: 'SCHEDULED',
      starts_at: at(9),
      ends_at: at(9, 1),
      student_telegram_id: people.boris,
    })
    await insert(calendar, 'lesson_series', {
      teacher_telegram_id: people.tanya,
      group_id: group,
      title: 'Lesson',
      local_start: '2026-11-01T18:00:00',
      timezone: 'Europe/London',
      duration_minutes: 60,
      rrule: 'FREQ=WEEKLY',
      location: mark,
    })
    const teaches = { teacher_telegram_id: people.tanya }
    await insert(calendar, 'teacher_schedules', {
      ...teaches,
      weekday: 1,
      local_from: '10:00',
      local_to: '12:00',
      timezone: 'Europe/London',
      valid_from: '2026-01-01',
    })
    await insert(calendar, 'teacher_unavailable', {
      ...teaches,
      starts_at: at(20),
      ends_at: at(21),
      reason: `${mark} marries`,
    })
    await write(school, 'teachers', [
      `UPDATE teachers SET bio = '${mark}', headline = '${mark}', hourly_rate = 20, currency = 'EUR',
         video_url = 'https://video.example/${mark}' WHERE telegram_id = ${people.tanya}`,
    ])
  })

  test('has no profile, gives no lessons, and leaves group and past lessons to the others', async () => {
    const { receipts } = await erase(school, people.tanya)
    expect(receipts.calendar?.rows).toMatchObject({
      lesson_series: 1,
      teacher_schedules: 1,
      teacher_unavailable: 1,
    })
    expect(await findRemains(school, services, [mark, 'Tanya'])).toEqual([])
    const query = `query ($group: UUID!, $past: UUID!, $coming: UUID!, $under: UUID!) {
      group(id: $group) {
        name status
        teacher { telegramId bio user { firstName } }
        members(first: 1) { nodes { student { user { firstName } } } }
      }
      past: lesson(id: $past) { title status cancelReason meetingUrl teacher { user { firstName } } }
      coming: lesson(id: $coming) { status meetingUrl participants { student { telegramId } } }
      under: lesson(id: $under) { status }
      teacher(telegramId: "${people.tanya}") { telegramId }
    }`
    const variables = { group, past, coming, under }
    const { data, errors } = await school.query(await school.signIn(people.admin), query, variables)
    expect(errors).toBeUndefined()
    const user = { firstName: 'Erased' }
    expect(data).toEqual({
      group: {
        name: 'Evening English',
        status: 'RUNNING',
        teacher: { telegramId: String(people.tanya), bio: null, user },
        members: { nodes: [{ student: { user: { firstName: 'Анна' } } }] },
      },
      past: {
        title: 'Lesson 3',
        status: 'CANCELLED',
        cancelReason: null,
        meetingUrl: null,
        teacher: { user },
      },
      coming: {
        status: 'CANCELLED',
        meetingUrl: null,
        participants: [{ student: { telegramId: String(people.boris) } }],
      },
      under: { status: 'SCHEDULED' },
      teacher: null,
    })
    const [series] = (
      await school
        .database('calendar')
        .owner.query('SELECT until <= now() AS over FROM lesson_series')
    ).rows
    expect(series).toEqual({ over: true })
  })

  test('is booked no more, and the group is run by administrators', async () => {
    const admin = await school.signIn(people.admin)
    const plan = `mutation ($input: CreateLessonInput!) { createLesson(input: $input) { lesson { id } } }`
    const input = {
      teacherTelegramId: people.tanya,
      title: 'x',
      startsAt: at(30),
      endsAt: at(30, 1),
      timezone: 'UTC',
      groupId: group,
    }
    const { errors } = await school.query(admin, plan, { input })
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
    const update = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { status } } }`
    const ended = await school.query(admin, update, { input: { id: group, status: 'FINISHED' } })
    expect(ended.data.updateGroup.group).toEqual({ status: 'FINISHED' })
  })
})
