import type { TestDatabase } from '@classgram/test/kit'
import { expect } from 'vitest'

const waiting = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`

/**
 * Begins requests while a group's row is locked, and lets them go on together as soon as all of them
 * wait for it.
 *
 * @param meanwhile SQL that whoever holds the lock does before letting go, by itself an audited change
 */
export async function releaseTogether<Result>(
  { owner }: TestDatabase,
  groupId: string,
  begin: () => Promise<Result>[],
  meanwhile = '',
): Promise<Result[]> {
  const client = await owner.connect()
  try {
    await client.query(`BEGIN; SET LOCAL classgram.actor = 'system:test';
      SELECT FROM groups WHERE id = '${groupId}' FOR UPDATE`)
    const results = begin()
    await expect
      .poll(async () => (await owner.query(waiting)).rowCount, { timeout: 5_000 })
      .toBe(results.length)
    await client.query(`${meanwhile}; COMMIT`)
    return await Promise.all(results)
  } finally {
    client.release()
  }
}
