import { randomUUID } from 'node:crypto'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { expect } from 'vitest'
import { at, clear, enrol, lea, max, now, rows, teach, teacher } from '../lesson/fixture.ts'

/** Calendar and groups, which tell each other what happens, and a teacher of theirs with two students. */
export async function startWithGroups(): Promise<TestSchool> {
  const school = await startSchool({
    services: ['calendar', 'groups', 'teachers', 'students'],
    jobs: true,
    env: { groups: { EVENTS_FIRST_RETRY_MS: '50' } },
    overrides: { clock: () => now },
  })
  await enrol(school)
  await teach(school, teacher, lea, max)
  return school
}

/** Empties the calendar once all is told: amid deliveries one would run into their locks. */
export async function clearWhenQuiet(school: TestSchool): Promise<void> {
  const untold = async () => (await toTell(school, 'groups')) + (await toTell(school, 'calendar'))
  await expect.poll(untold, { timeout: 15_000 }).toBe(0)
  await clear(school)
}

/** How many events one of the two has yet to tell the other. */
export async function toTell(school: TestSchool, from: 'groups' | 'calendar'): Promise<number> {
  const { rowCount } = await school
    .database(from)
    .owner.query(`SELECT FROM outbox_deliveries WHERE subscriber IN ('groups', 'calendar')`)
  return rowCount ?? 0
}

/** A group of the teacher, in this state. @returns its id */
export async function groupIn(school: TestSchool, status: string): Promise<string> {
  const id = randomUUID()
  await insert(school.database('groups'), 'groups', {
    id,
    status,
    name: 'Evening',
    language: 'en',
    level: 'B1',
    capacity: 8,
    teacher_telegram_id: teacher,
  })
  return id
}

/** Takes the group a step further in its life. */
export async function step(
  school: TestSchool,
  id: string,
  status: string,
  viewer: Viewer = as.admin(),
): Promise<void> {
  const { errors } = await school.ask(
    'groups',
    viewer,
    `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { version } } }`,
    { input: { id, status } },
  )
  expect(errors).toBeUndefined()
}

/** Plans a lesson of an hour for the group. */
export function createLesson(
  school: TestSchool,
  groupId: string,
  hour = 1,
  participantTelegramIds: bigint[] = [],
) {
  const times = { startsAt: at(hour), endsAt: at(hour + 1), timezone: 'UTC' }
  return school.ask(
    'calendar',
    as.teacher(teacher),
    `mutation ($input: CreateLessonInput!) { createLesson(input: $input) { lesson { id } } }`,
    { input: { title: 'Verbs', groupId, participantTelegramIds, ...times } },
  )
}

export async function statusOfLesson(school: TestSchool, id: string): Promise<string> {
  return (await rows(school, 'SELECT status FROM lessons WHERE id = $1', id))[0]?.status
}

/** Where calendar knows a group to be. */
export async function knownStatus(school: TestSchool, id: string): Promise<string | undefined> {
  return (await rows(school, 'SELECT status FROM group_states WHERE id = $1', id))[0]?.status
}
