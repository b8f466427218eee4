import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listDatabases } from './databases.ts'
import { withClient } from './migrate.ts'
import { withServer } from './with-server.ts'

test('the embedded server is started when it does not run, and used when it does', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'classgram-with-'))
  const env = { CLASSGRAM_DATA_DIR: dataDir }
  const ports = await withServer(env, (outer) =>
    withServer(env, async (inner) => {
      await withClient(inner.adminUrl, (client) => client.query('SELECT 1'))
      expect(inner).toEqual({ ...outer, runsFor: process.pid })
      return [outer, inner].map(({ adminUrl }) => new URL(adminUrl).port)
    }),
  )
  expect(ports[1]).toBe(ports[0])
  await withServer(env, async ({ adminUrl }) => {
    await withClient(adminUrl, (client) => client.query('SELECT 1'))
  })
  await rm(dataDir, { recursive: true })
})

test('a server elsewhere is used as its address and passwords say', async () => {
  const adminUrl = 'postgresql://postgres@db.example.org/postgres'
  const env = { DATABASE_ADMIN_URL: adminUrl, AUTH_DATABASE_PASSWORD: 'a' }
  const { passwords, ...server } = await withServer(env, async (given) => given)
  expect(server).toEqual({ adminUrl })
  expect(passwords).toEqual({
    ...Object.fromEntries(listDatabases().map((name) => [name, ''])),
    auth: 'a',
  })
})
