import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { StartupError } from '@classgram/errors'
import { z } from 'zod'
import { inDataDir } from './data-dir.ts'
import { listDatabases } from './databases.ts'

const Secrets = z.looseObject({
  postgres: z.string().min(1),
  databases: z.record(z.string(), z.string().min(1)),
})

/** Passwords of the embedded Postgres, and whatever else is kept in the file beside them. */
export type Secrets = z.infer<typeof Secrets>

/**
 * Reads `<dataDir>/secrets.json`, and creates what is missing in it: the file, the administrator's password, the
 * password of each database's role. Other keys are kept.
 *
 * @throws StartupError if the file is there but unreadable (new passwords would lock the old data out), or cannot be
 *   written
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const found = await inDataDir(dataDir, () => readSecrets(join(dataDir, 'secrets.json')))
  const databases = { ...found?.databases }
  for (const name of listDatabases()) databases[name] ??= newPassword()
  const secrets: Secrets = { ...found, postgres: found?.postgres ?? newPassword(), databases }
  if (found && Object.keys(databases).length === Object.keys(found.databases).length) return secrets
  if (await saveSecrets(dataDir, secrets, { create: found === undefined })) return secrets
  return loadSecrets(dataDir)
}

/**
 * Writes `<dataDir>/secrets.json` (mode 0600) in one step: a reader sees the old file or the new one. A file that
 * says the same already is left alone.
 *
 * @param options.create leave an existing file alone, because another process was quicker
 * @returns whether the file was written
 * @throws StartupError if it cannot be written
 */
export async function saveSecrets(
  dataDir: string,
  secrets: Secrets,
  options: { create: boolean } = { create: false },
): Promise<boolean> {
  return inDataDir(dataDir, () => writeSecrets(dataDir, secrets, options))
}

async function writeSecrets(
  dataDir: string,
  secrets: Secrets,
  options: { create: boolean },
): Promise<boolean> {
  await mkdir(dataDir, { recursive: true })
  const file = join(dataDir, 'secrets.json')
  if (!options.create && isDeepStrictEqual(await readSecrets(file), secrets)) return false
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true })
  if (!options.create) {
    await rename(draft, file)
    return true
  }
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(draft)
  }
}

async function readSecrets(file: string): Promise<Secrets | undefined> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined
    if (isCode(error, 'EISDIR')) return ''
    throw error
  })
  if (content === undefined) return undefined
  try {
    return Secrets.parse(JSON.parse(content))
  } catch {
    throw new StartupError(
      `${file} is damaged: restore it, or remove the whole data directory to begin anew.`,
    )
  }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
