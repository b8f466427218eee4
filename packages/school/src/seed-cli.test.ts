import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deploy, withServer } from '@classgram/database/server'
import { beforeAll, expect, test } from 'vitest'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-seed-'))
  return () => rm(dataDir, { recursive: true })
})

const seed = async () => {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const command = [join(import.meta.dirname, 'seed-cli.ts')]
  const env = { PATH, NODE_COMPILE_CACHE, CLASSGRAM_DATA_DIR: dataDir }
  const { stdout } = await promisify(execFile)(process.execPath, command, { env })
  return stdout
}

test('the demo comes in while the school runs, and when it does not', async () => {
  const env = { CLASSGRAM_DATA_DIR: dataDir }
  await expect(seed()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^There is no school to fill \(.*\): run db:deploy first\.\n$/),
  })
  await withServer(env, async (server) => {
    await deploy(server)
    expect(await seed()).toBe('Seeded auth, teachers, students, groups, calendar, notification.\n')
  })
  expect(await seed()).toBe('Nothing to do: all are in use.\n')
})

test('keys that the data is sealed with are never replaced by others', async () => {
  const file = join(dataDir, 'secrets.json')
  await withServer({ CLASSGRAM_DATA_DIR: dataDir }, async (server) => {
    await deploy(server)
    await seed()
    const { encryption, ...rest } = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify(rest))
    await expect(seed()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\S+ lacks "encryption", .*: restore it, or .*\.\n$/),
    })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(rest)
    await writeFile(file, JSON.stringify({ ...rest, encryption }))
    expect(await seed()).toBe('Nothing to do: all are in use.\n')
  })
})
