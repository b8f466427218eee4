import { StartupError } from '@classgram/errors'
import pg from 'pg'
import { databaseUrl, listDatabases, migrationsDir } from './databases.ts'
import { installJobQueue } from './job-queue.ts'
import {
  appliedMigrations,
  editedMigrations,
  migrate,
  pendingMigrations,
  withClient,
} from './migrate.ts'

/** Where to deploy, as whom, and with which passwords for the services' roles. */
export interface DeployOptions {
  /** URL of the server's maintenance database (`postgres`) as an administrator. */
  adminUrl: string
  /** The password of each service's role. */
  passwords: Record<string, string>
  /** Default: all of `listDatabases()`. */
  databases?: string[]
  /** The folder with a folder for each database. Default: `prisma/`. */
  dir?: string
}

/**
 * Brings a server to where the repository is: per service one role, one database that only this role can connect
 * to, all migrations, and the role's grants. Repeating it changes nothing (but sets the passwords); two at once
 * take turns.
 *
 * @returns names of the migrations applied, per database
 * @throws StartupError for a role without a password, and for migrations that fail or were edited after they were
 *   applied: the other databases are brought up all the same
 */
export async function deploy(options: DeployOptions): Promise<Record<string, string[]>> {
  const databases = options.databases ?? listDatabases(options.dir)
  return withClient(options.adminUrl, async (admin) => {
    await admin.query(`SELECT pg_advisory_lock(hashtext('classgram deploy'))`)
    await createRoles(admin, databases, options.passwords)
    await createDatabases(admin, databases)
    const applied = databases.map(async (name) => {
      const url = databaseUrl(options.adminUrl, name)
      return [name, await deployOne(url, name, migrationsDir(name, options.dir))]
    })
    return Object.fromEntries(await allOrFaults(applied))
  })
}

/** Waits for all to end, whatever becomes of some, so that nobody stops the server under the others. */
async function allOrFaults<R>(promises: Promise<R>[]): Promise<R[]> {
  const outcomes = await Promise.allSettled(promises)
  const faults = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
  for (const fault of faults) if (!(fault instanceof StartupError)) throw fault
  if (faults.length > 0) throw new StartupError(faults.map((f) => (f as Error).message).join(' '))
  return Promise.all(promises)
}

async function createRoles(
  admin: pg.Client,
  names: string[],
  passwords: Record<string, string>,
): Promise<void> {
  const { rows } = await admin.query('SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)', [
    names,
  ])
  const existing = new Set(rows.map((row) => row.rolname))
  const statements = names.map((name) => {
    const password = passwords[name]
    if (!password) throw new StartupError(`The role ${name} has no password: set one for it.`)
    const verb = existing.has(name) ? 'ALTER' : 'CREATE'
    const role = pg.escapeIdentifier(name)
    return `${verb} ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      PASSWORD ${pg.escapeLiteral(password)};
      -- As connect() asks for: a pooler between may not pass that on.
      ALTER ROLE ${role} SET timezone TO 'UTC'`
  })
  await admin.query(statements.join(';'))
}

async function createDatabases(admin: pg.Client, names: string[]): Promise<void> {
  const { rows } = await admin.query<{ datname: string; open: boolean; granted: boolean | null }>(
    `SELECT datname,
       has_database_privilege('public', d.oid, 'CONNECT') AS open,
       has_database_privilege(r.oid, d.oid, 'CONNECT') AS granted
     FROM pg_database d LEFT JOIN pg_roles r ON r.rolname = d.datname AND datname = ANY ($1)
     WHERE datname = ANY ($1) OR datname IN (current_database(), 'template1')`,
    [names],
  )
  const found = new Map(rows.map((row) => [row.datname, row]))
  for (const name of names) {
    if (found.has(name)) continue
    await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  }
  // The maintenance databases are closed to the roles too: each may connect to its own and to no other.
  const closing = [...new Set([...found.keys(), ...names])].filter(
    (n) => found.get(n)?.open ?? true,
  )
  const granting = names.filter((name) => !found.get(name)?.granted || closing.includes(name))
  const statements = [
    ...closing.map(
      (n) => `REVOKE CONNECT, TEMPORARY ON DATABASE ${pg.escapeIdentifier(n)} FROM PUBLIC`,
    ),
    ...granting.map((name) => {
      const role = pg.escapeIdentifier(name)
      return `GRANT CONNECT ON DATABASE ${role} TO ${role}`
    }),
  ]
  if (statements.length > 0) await admin.query(statements.join(';'))
}

async function deployOne(url: string, name: string, dir: string): Promise<string[]> {
  const todo = await withClient(url, async (client) => {
    const [edited] = editedMigrations(await appliedMigrations(client), dir)
    if (edited) {
      throw new StartupError(
        `Migration ${edited} of ${name} was edited after it was applied: put it back, and add a new migration instead (db:new).`,
      )
    }
    const pending = await pendingMigrations(client, dir)
    if (pending.length > 0) return 'migrate'
    // False only if the role came after the migrations, as after restoring a backup.
    const { rows } = await client.query(
      `SELECT has_table_privilege($1, '_prisma_migrations', 'SELECT') AS granted`,
      [name],
    )
    if (!rows[0]?.granted) await client.query(grants(name))
    return 'nothing'
  })
  const applied = todo === 'migrate' ? await migrate(url, dir, { grants: grants(name) }) : []
  await installJobQueue(url, name)
  return applied
}

/**
 * What a service may do in its database: everything to rows, but only read the audit log and the migrations. The
 * function that forgets comes with a later migration than the first.
 */
function grants(name: string): string {
  const role = pg.escapeIdentifier(name)
  return `
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};
    REVOKE INSERT, UPDATE, DELETE ON audit_log, _prisma_migrations FROM ${role};
    DO $$ BEGIN
      IF to_regprocedure('public.audit_forget(bigint)') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION public.audit_forget(bigint) TO ${role};
      END IF;
    END $$`
}
