import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { databaseUrl } from './databases.ts'
import { deploy } from './deploy.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { loadSecrets, type Secrets } from './secrets.ts'

/** A server of a test file's own, on a free port and in a folder of its own. */
export interface TestServer extends EmbeddedPostgres {
  dataDir: string
  secrets: Secrets
  /** URL of a database as its service's role. */
  url(service: string): string
  /** Runs SQL as a service's role and returns the rows; with an actor, in a transaction on that actor's behalf. */
  run(service: string, sql: string, actor?: string): Promise<Record<string, unknown>[]>
}

/** @param databases which to deploy: each costs time */
export async function startTestServer(databases: string[]): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'classgram-database-'))
  const secrets = await loadSecrets(dataDir)
  const server = await startEmbeddedPostgres({
    dataDir,
    port: 0,
    password: secrets.postgres,
    settings: { fsync: 'off' },
  })
  if (databases.length > 0) {
    await deploy({ adminUrl: server.adminUrl, passwords: secrets.databases, databases })
  }
  const url = (service: string) =>
    databaseUrl(server.adminUrl, service, {
      name: service,
      password: secrets.databases[service] ?? '',
    })
  return {
    ...server,
    dataDir,
    secrets,
    url,
    async run(service, sql, actor) {
      const client = new pg.Client(url(service))
      await client.connect()
      try {
        if (!actor) return (await client.query(sql)).rows
        await client.query('BEGIN')
        await client.query(
          `SELECT set_config('classgram.actor', $1, true), set_config('classgram.request_id', 'r1', true)`,
          [actor],
        )
        const { rows } = await client.query(sql)
        await client.query('COMMIT')
        return rows
      } finally {
        await client.end()
      }
    },
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
