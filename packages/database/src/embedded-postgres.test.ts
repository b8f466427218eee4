import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartupError } from '@classgram/errors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { withClient } from './migrate.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-embedded-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const start = (port = 0) => startEmbeddedPostgres({ dataDir, port, password: 'secret' })
const query = async (adminUrl: string, sql: string) =>
  (await withClient(adminUrl, (client) => client.query(sql))).rows

test('what was committed survives a kill -9 of the server', async () => {
  const first = await start()
  await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 1 AS n')
  process.kill(first.pid, 'SIGKILL')
  await first.exited

  const second = await start()
  expect(await query(second.adminUrl, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  await second.stop()
})

test('a server whose owner was killed is replaced; one whose owner lives is left alone', async () => {
  const module = new URL('embedded-postgres.ts', import.meta.url).href
  const script = `import { startEmbeddedPostgres } from '${module}'
    const server = await startEmbeddedPostgres({ dataDir: '${dataDir}', port: 0, password: 'secret' })
    console.log(server.pid)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(owner.stdout, 'data')
  await expect(start()).rejects.toThrow(`is in use by process ${owner.pid}: stop it first`)

  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const server = await start()
  expect(await query(server.adminUrl, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  await server.stop()
})

test('a taken port says what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await expect(start(port)).rejects.toThrow(
    new StartupError(`Port ${port} is taken: stop the other program or set GATEWAY_PORT.`),
  )
  other.close()
})

test('what processes killed on the way left behind is cleared away', async () => {
  const { pid } = spawnSync('true')
  await mkdir(join(dataDir, `postgres.new-${pid}`, 'base'), { recursive: true })
  for (const name of [
    `postgres.new-${pid}.password`,
    `secrets.json.${pid}-ab12`,
    `lock-${pid}-1`,
  ]) {
    await writeFile(join(dataDir, name), '')
  }
  await writeFile(join(dataDir, 'mine.txt'), '')
  await (await start()).stop()
  expect(await readdir(dataDir)).toEqual(['mine.txt', 'postgres'])
})

test('a wrong password or a damaged directory says what to do', async () => {
  const wrong = startEmbeddedPostgres({ dataDir, port: 0, password: 'wrong' })
  await expect(wrong).rejects.toThrow(/its password is not the one in secrets\.json/)
  const base = join(dataDir, 'postgres', 'base')
  await rename(base, `${base}.away`)
  await expect(start()).rejects.toThrow(/cannot be opened \(.*\): restore it, or remove it/)
  await rename(`${base}.away`, base)
  await writeFile(join(dataDir, 'postgres', 'global', 'pg_control'), 'x')
  await expect(start()).rejects.toThrow(
    /^The data directory .* cannot be opened \(.*\): restore it, or remove it to begin anew\.$/,
  )
})
