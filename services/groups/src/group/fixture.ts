import { randomUUID } from 'node:crypto'
import { insert, type TestDatabase, type TestSchool } from '@classgram/test/kit'
import { expect } from 'vitest'

export const tanya = 4_294_967_301n
export const running = '01930000-0000-7000-8000-000000000001'
export const draft = '01930000-0000-7000-8000-000000000002'
export const over = '01930000-0000-7000-8000-000000000003'

/**
 * Puts a running group of Tanya's with one seat into the database.
 *
 * @param change of its columns
 * @returns its id
 */
export async function insertGroup(
  school: TestSchool,
  change: Record<string, unknown> = {},
): Promise<string> {
  const group = {
    id: randomUUID(),
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: tanya,
    capacity: 1,
    status: 'RUNNING',
    ...change,
  }
  await insert(school.database('groups'), 'groups', group)
  return group.id
}

/** Puts three groups of Tanya's into the database: one that runs, then a draft, then one that is over. */
export async function insertThreeGroups(school: TestSchool): Promise<void> {
  const three = [
    { id: running, created_at: '2026-01-01' },
    { id: draft, name: 'Plans', status: 'DRAFT', created_at: '2026-01-02' },
    { id: over, name: 'Last year', status: 'FINISHED', created_at: '2026-01-03' },
  ]
  for (const group of three) await insertGroup(school, { ...group, capacity: 3 })
}

/** Makes Tanya known to the teachers service: she teaches English from A1 to C2. */
export async function insertTeacher(school: TestSchool): Promise<void> {
  const teachers = school.database('teachers')
  await insert(teachers, 'teachers', { telegram_id: tanya, status: 'ACTIVE' })
  await insert(teachers, 'teacher_languages', {
    teacher_telegram_id: tanya,
    language: 'en',
    proficiency: 'NATIVE',
    min_level: 'A1',
    max_level: 'C2',
  })
}

const waiting = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`

/**
 * Begins requests while a group's row is locked, and lets them go on together as soon as all of them
 * wait for it.
 *
 * @param meanwhile what happens before the lock is let go; it may run SQL as whoever holds the lock
 */
export async function releaseTogether<Result>(
  { owner }: TestDatabase,
  groupId: string,
  begin: () => Promise<Result>[],
  meanwhile: (run: (sql: string) => Promise<unknown>) => unknown = () => {},
): Promise<Result[]> {
  const client = await owner.connect()
  try {
    await client.query(`BEGIN; SET LOCAL classgram.actor = 'system:test';
      SELECT FROM groups WHERE id = '${groupId}' FOR UPDATE`)
    const results = begin()
    await expect
      .poll(async () => (await owner.query(waiting)).rowCount, { timeout: 5_000 })
      .toBe(results.length)
    await meanwhile((sql) => client.query(sql))
    await client.query('COMMIT')
    return await Promise.all(results)
  } finally {
    // Its end lets go of the lock, too, when something went wrong.
    client.release(true)
  }
}
