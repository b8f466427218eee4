import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { listDatabases } from './databases.ts'
import { loadSecrets, saveSecrets } from './secrets.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-secrets-'))
  return () => rm(dataDir, { recursive: true })
})

test('passwords are made once, for the owner’s eyes only, even by several at once', async () => {
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => loadSecrets(dataDir)))
  expect(Object.keys(first?.databases ?? {})).toEqual(listDatabases())
  for (const other of others) expect(other).toEqual(first)
  expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600)
})

test('a new database gets a password, and other secrets stay', async () => {
  await saveSecrets(dataDir, { postgres: 'p', databases: { auth: 'a' }, bot: { token: 't' } })
  const secrets = await loadSecrets(dataDir)
  expect(secrets).toMatchObject({ postgres: 'p', databases: { auth: 'a' }, bot: { token: 't' } })
  expect(Object.keys(secrets.databases).sort()).toEqual(listDatabases())
  expect(await loadSecrets(dataDir)).toEqual(secrets)
})

test('what says the same already is not written again', async () => {
  const secrets = await loadSecrets(dataDir)
  const { ino } = await stat(join(dataDir, 'secrets.json'))
  expect(await saveSecrets(dataDir, secrets)).toBe(false)
  expect((await stat(join(dataDir, 'secrets.json'))).ino).toBe(ino)
  expect(await saveSecrets(dataDir, { ...secrets, bot: 'new' })).toBe(true)
  expect(await loadSecrets(dataDir)).toEqual({ ...secrets, bot: 'new' })
})

test('a damaged file is never replaced', async () => {
  await writeFile(join(dataDir, 'secrets.json'), '{')
  await expect(loadSecrets(dataDir)).rejects.toThrow('is damaged: restore it')
})
