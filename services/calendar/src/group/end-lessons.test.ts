import { randomUUID } from 'node:crypto'
import { as, insert, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { at, lea, max, now, plan, rows, teacher } from '../lesson/fixture.ts'
import {
  clearWhenQuiet,
  createLesson,
  groupIn,
  knownStatus,
  startWithGroups,
  statusOfLesson,
  step,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithGroups()
})
afterAll(() => school.close())
beforeEach(() => clearWhenQuiet(school))

describe('when a group is over', () => {
  test.each([
    ['FINISHED', 'RUNNING'],
    ['ARCHIVED', 'OPEN'],
    ['ARCHIVED', 'DRAFT'],
  ])('%s after %s: what it had still before it is called off', async (to, from) => {
    const [group, other] = [await groupIn(school, from), await groupIn(school, 'RUNNING')]
    const toCome = await plan(school, { hour: 1, students: [lea], columns: { group_id: group } })
    const stays = [
      await plan(school, {
        hour: 0,
        teacher: teacher + 1n,
        students: [max],
        columns: { group_id: group },
      }),
      await plan(school, { hour: -30, columns: { group_id: group } }),
      await plan(school, { hour: -40, columns: { group_id: group, status: 'COMPLETED' } }),
      await plan(school, {
        hour: 30,
        columns: { group_id: group, status: 'CANCELLED', cancelled_at: at(-2) },
      }),
      await plan(school, { hour: 40 }),
      await plan(school, { hour: 50, columns: { group_id: other } }),
    ]
    const lessons = () =>
      rows(school, 'SELECT * FROM lessons WHERE id = ANY($1) ORDER BY id', stays)
    const before = await lessons()

    await step(school, group, to, as.teacher(teacher))
    await expect.poll(() => statusOfLesson(school, toCome), { timeout: 5_000 }).toBe('CANCELLED')
    expect(await lessons()).toEqual(before)
    expect(
      await rows(
        school,
        `SELECT version, cancelled_at AS at, cancel_reason AS reason, actor, request_id IS NOT NULL AS known
         FROM lessons l JOIN audit_log a ON a.row_id = l.id::text AND a.action = 'UPDATE'
         WHERE l.id = $1`,
        toCome,
      ),
    ).toEqual([{ version: 2, at: now, reason: null, actor: `user:${teacher}`, known: true }])
    expect(
      await rows(
        school,
        `SELECT aggregate_id AS id, actor, payload->>'status' AS status, payload->'version' AS version
         FROM outbox_events WHERE type = 'calendar.lesson-changed'`,
      ),
    ).toEqual([{ id: toCome, actor: `user:${teacher}`, status: 'CANCELLED', version: 2 }])
    // Teacher and student have that time for others.
    expect(
      (await createLesson(school, await groupIn(school, 'RUNNING'), 1.5, [lea])).errors,
    ).toBeUndefined()
  })

  test('its series ends, and those of others go on', async () => {
    const group = await groupIn(school, 'RUNNING')
    const series = (group_id: string, until: string | null) => ({
      id: randomUUID(),
      teacher_telegram_id: teacher,
      group_id,
      title: 'Evening',
      local_start: '2027-02-01T18:00',
      timezone: 'UTC',
      duration_minutes: 60,
      rrule: 'FREQ=WEEKLY',
      until,
    })
    const [endless, past, other] = [
      series(group, null),
      series(group, at(-100)),
      series(randomUUID(), null),
    ] as const
    await insert(school.database('calendar'), 'lesson_series', endless, past, other)
    await step(school, group, 'FINISHED')
    const until = async ({ id }: { id: string }) =>
      (await rows(school, 'SELECT until, version FROM lesson_series WHERE id = $1', id))[0]
    await expect.poll(() => until(endless), { timeout: 5_000 }).toEqual({ until: now, version: 2 })
    expect(await until(past)).toEqual({ until: new Date(at(-100)), version: 1 })
    expect(await until(other)).toEqual({ until: null, version: 1 })
  })

  test('while calendar was away, its lessons are called off when it is back', async () => {
    const group = await groupIn(school, 'RUNNING')
    const lesson = await plan(school, { hour: 5, columns: { group_id: group } })
    const restart = await school.stop('calendar')
    await step(school, group, 'FINISHED')
    await restart()
    await expect.poll(() => statusOfLesson(school, lesson), { timeout: 8_000 }).toBe('CANCELLED')
  })

  test('500 lessons cost as many statements as two', async () => {
    const finish = async (size: number, first: number) => {
      const group = await groupIn(school, 'RUNNING')
      const lessons = Array.from({ length: size }, (_, index) => ({
        id: randomUUID(),
        group_id: group,
        teacher_telegram_id: teacher,
        title: 'Lesson',
        timezone: 'UTC',
        starts_at: at(first + index),
        ends_at: at(first + index + 1),
      }))
      await insert(school.database('calendar'), 'lessons', ...lessons)
      const statements = await school.statements('calendar', async () => {
        await step(school, group, 'FINISHED')
        await expect.poll(() => knownStatus(school, group), { timeout: 5_000 }).toBe('FINISHED')
      })
      const told = await rows(
        school,
        `SELECT FROM outbox_events WHERE payload->>'groupId' = $1`,
        group,
      )
      expect(told).toHaveLength(size)
      return statements.length
    }
    const few = await finish(2, 1)
    expect(await finish(500, 3)).toBe(few)
  })
})
