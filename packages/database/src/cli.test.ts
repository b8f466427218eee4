import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { withServer } from './with-server.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-cli-'))
  return () => rm(dataDir, { recursive: true })
})

const db = (...args: string[]) => {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, CLASSGRAM_DATA_DIR: dataDir }
  const cli = join(import.meta.dirname, 'cli.ts')
  return promisify(execFile)(process.execPath, [cli, ...args], { env })
}

test('a reset under the running school is refused in one line, unless it is forced', async () => {
  await withServer({ CLASSGRAM_DATA_DIR: dataDir }, async () => {
    await expect(db('reset')).rejects.toMatchObject({
      code: 1,
      stderr: `The school is running on these databases (process ${process.pid}): stop it first, or add --force.\n`,
    })
    const { stdout } = await db('reset', '--force')
    expect(stdout).toMatch(/^auth: 2026\d+_init\b/m)
  })
})
