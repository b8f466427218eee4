import pg from 'pg'
import { databaseUrl, listDatabases } from './databases.ts'
import { withClient } from './migrate.ts'

/** Whether any database of the school has a row of its own; those not there yet have none. */
export async function holdsRows(adminUrl: string): Promise<boolean> {
  const { rows } = await withClient(adminUrl, (client) =>
    client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname = ANY ($1)', [
      listDatabases(),
    ]),
  )
  const answers = rows.map(({ datname }) => withClient(databaseUrl(adminUrl, datname), hasRows))
  return (await Promise.all(answers)).includes(true)
}

async function hasRows(client: pg.Client): Promise<boolean> {
  const { rows: tables } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND relname <> '_prisma_migrations'`,
  )
  const filled = tables.map(
    ({ relname }) => `EXISTS (SELECT FROM public.${pg.escapeIdentifier(relname)})`,
  )
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT ${['false', ...filled].join(' OR ')} AS found`,
  )
  return rows[0]?.found ?? false
}
