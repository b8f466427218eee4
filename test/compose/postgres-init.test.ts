import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  databaseUrl,
  deploy,
  type EmbeddedPostgres,
  listDatabases,
  loadSecrets,
  type Secrets,
  startEmbeddedPostgres,
} from '@classgram/database/server'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const script = join(import.meta.dirname, '../../infra/postgres/create-databases.sh')
const hasPsql = spawnSync('sh', ['-c', 'command -v psql']).status === 0
const why = hasPsql ? '' : ' (skipped: psql is not on this machine)'

describe.skipIf(!hasPsql)(`the init script of the Postgres container${why}`, () => {
  let dataDir: string
  let secrets: Secrets
  let server: EmbeddedPostgres
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'classgram-init-'))
    secrets = await loadSecrets(dataDir)
    server = await startEmbeddedPostgres({
      dataDir,
      port: 0,
      password: secrets.postgres,
      settings: { fsync: 'off' },
    })
  })
  afterAll(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true })
  })

  const query = async (url: string, sql: string) => {
    const client = new pg.Client(url)
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  const catalog = async () => ({
    roles: await query(
      server.adminUrl,
      `SELECT oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
         rolreplication, rolbypassrls FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname`,
    ),
    databases: await query(
      server.adminUrl,
      'SELECT oid, datname, datdba, datacl::text FROM pg_database ORDER BY datname',
    ),
  })
  const runScript = () => {
    const { hostname, port } = new URL(server.adminUrl)
    const passwords = Object.entries(secrets.databases).map(([name, password]) => [
      `${name.toUpperCase()}_DATABASE_PASSWORD`,
      password,
    ])
    const { status, stderr } = spawnSync('sh', [script], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        PGHOST: hostname,
        PGPORT: port,
        PGPASSWORD: secrets.postgres,
        ...Object.fromEntries(passwords),
      },
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  }

  test('leaves db:deploy nothing to do outside the databases, and may be repeated', async () => {
    runScript()
    const made = await catalog()
    expect(made.databases.map((row) => row.datname)).toEqual(
      expect.arrayContaining(listDatabases()),
    )
    for (const name of listDatabases()) {
      const role = { name, password: secrets.databases[name] ?? '' }
      await query(databaseUrl(server.adminUrl, name, role), 'SELECT 1')
    }
    await deploy({ adminUrl: server.adminUrl, passwords: secrets.databases })
    expect(await catalog()).toEqual(made)
    runScript()
    expect(await catalog()).toEqual(made)
  })
})
