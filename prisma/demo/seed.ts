import { databaseUrl } from '@classgram/database/server'
import type { Vault } from '@classgram/encryption'
import pg from 'pg'
import { createDemoSchool, type DemoSchool } from './school.ts'

export interface SeedOptions {
  /** URL of the server's maintenance database as an administrator. */
  adminUrl: string
  vault: Vault
  /** The day around which the school's lessons lie. */
  now: Date
}

type Row = Record<string, unknown>

const actor = 'system:demo'

/** What each database is there for: it counts as used when this table has rows. */
const mainTables: Record<keyof DemoSchool, string> = {
  auth: 'users',
  teachers: 'teachers',
  students: 'students',
  groups: 'groups',
  calendar: 'lessons',
  notification: 'notifications',
}

/**
 * Fills the six migrated databases with the demo school, but for those that are used already. Two at once take turns.
 *
 * Nothing is committed before everything is written, and each database commits as a whole. Should the process die
 * between two commits, seeding again fills the rest; ids do not depend on the day.
 *
 * @returns names of the databases that were seeded
 */
export async function seedDemo({ adminUrl, vault, now }: SeedOptions): Promise<string[]> {
  const admin = createClient(adminUrl)
  const targets = (Object.keys(mainTables) as (keyof DemoSchool)[]).map((database) => ({
    database,
    client: createClient(databaseUrl(adminUrl, database)),
  }))
  try {
    await admin.connect()
    await admin.query(`SELECT pg_advisory_lock(hashtext('classgram demo'))`)
    const isUsed = await all(
      targets.map(({ database, client }) => begin(client, mainTables[database])),
    )
    const empty = targets.filter((_, index) => !isUsed[index])
    if (empty.length === 0) return []
    const school = createDemoSchool(now)
    await all(empty.map(({ database, client }) => fill(client, school[database], vault)))
    await all(empty.map(({ client }) => client.query('COMMIT')))
    return empty.map(({ database }) => database)
  } finally {
    // Ending a connection rolls back what it has not committed.
    await Promise.all([admin, ...targets.map(({ client }) => client)].map((client) => client.end()))
  }
}

function createClient(url: string): pg.Client {
  const client = new pg.Client({ connectionString: url, application_name: 'classgram-demo' })
  // A connection that breaks makes its query fail; the event alone would end the process.
  client.on('error', () => {})
  return client
}

/** Like Promise.all, but leaves nothing running when one fails. */
async function all<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

/** @returns whether the table has rows */
async function begin(client: pg.Client, mainTable: string): Promise<boolean> {
  await client.connect()
  await client.query('BEGIN')
  const { rows } = await client.query(`SELECT EXISTS (SELECT FROM ${quote(mainTable)}) AS used`)
  return rows[0]?.used
}

async function fill(client: pg.Client, tables: Record<string, readonly Row[]>, vault: Vault) {
  await client.query(`SELECT set_config('classgram.actor', $1, true)`, [actor])
  for (const [table, rows] of Object.entries(tables)) {
    await insert(
      client,
      table,
      rows.map((row) => sealContacts(row, vault)),
    )
  }
}

async function insert(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .map(quote)
    .join(', ')
  await client.query(
    `INSERT INTO ${quote(table)} (${columns})
     SELECT ${columns} FROM jsonb_populate_recordset(NULL::${quote(table)}, $1)`,
    [JSON.stringify(rows, asPostgresReads)],
  )
}

function asPostgresReads(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value
}

const contacts = {
  phone: { purpose: 'users.phone', normalise: asPhone },
  email: { purpose: 'users.email', normalise: (text: string) => text.trim().toLowerCase() },
  guardian_contact: { purpose: 'students.guardian_contact', normalise: asPhone },
}

function asPhone(text: string): string {
  return `+${text.replaceAll(/\D/g, '')}`
}

/** Puts ciphertext, key id and look-up hash in the place of each plain contact. */
function sealContacts(row: Row, vault: Vault): Row {
  const sealed = { ...row }
  for (const [column, { purpose, normalise }] of Object.entries(contacts)) {
    if (!(column in row)) continue
    const text = typeof row[column] === 'string' ? normalise(row[column]) : null
    const value = text === null ? null : vault.seal(text, purpose)
    delete sealed[column]
    sealed[`${column}_ciphertext`] = value?.ciphertext ?? null
    sealed[`${column}_key_id`] = value?.keyId ?? null
    sealed[`${column}_hash`] = text === null ? null : vault.hash(text, purpose)
  }
  return sealed
}

const quote = pg.escapeIdentifier
