import { randomBytes } from 'node:crypto'
import { databaseUrl } from '@classgram/database/server'
import pg from 'pg'
import { inject } from 'vitest'

/** A service's database of this test file alone. */
export interface TestDatabase {
  /** As the service connects: its role, with no more rights than in production. */
  url: string
  /** As the owner: for arranging and for looking behind the API. */
  owner: pg.Pool
  drop: () => Promise<void>
}

/** Clones the migrated template of one service. */
export async function cloneDatabase(service: string): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `${service}_${randomBytes(6).toString('hex')}`
  const admin = async (...statements: string[]) => {
    const client = new pg.Client(adminUrl)
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  // Two clones of one template at the same time get in each other's way.
  await admin(
    `SELECT pg_advisory_lock(hashtext('clone'))`,
    `CREATE DATABASE ${name} TEMPLATE ${service} STRATEGY FILE_COPY`,
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${name} TO ${service}`,
  )
  const owner = new pg.Pool({ connectionString: databaseUrl(adminUrl, name), max: 2 })
  owner.on('error', () => {})
  const password = inject('passwords')[service] ?? ''
  return {
    url: databaseUrl(adminUrl, name, { name: service, password }),
    owner,
    async drop() {
      await owner.end()
      await admin(`DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

/**
 * Inserts rows as `system:test`. Columns that are not given get their defaults.
 *
 * @param rows objects with the columns' names; all rows of one call have the same columns
 */
export async function insert(
  { owner }: TestDatabase,
  table: string,
  ...rows: Record<string, unknown>[]
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .map((column) => `"${column}"`)
    .join(', ')
  const json = JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const client = await owner.connect()
  try {
    await client.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true)`)
    await client.query(
      `INSERT INTO "${table}" (${columns})
       SELECT ${columns} FROM jsonb_populate_recordset(null::"${table}", $1)`,
      [json],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}
