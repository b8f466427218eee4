import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartupError } from '@classgram/errors'
import { beforeEach, expect, test } from 'vitest'
import { inDataDir, lockDataDir } from './data-dir.ts'
import { isAlive, startOf } from './processes.ts'
import { loadSecrets } from './secrets.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-data-'))
  return () => rm(dataDir, { recursive: true })
})

const takeElsewhere = () => {
  const module = new URL('data-dir.ts', import.meta.url).href
  const script = `import { lockDataDir } from '${module}'
    await lockDataDir('${dataDir}').then(() => console.log('has it'), (e) => console.log(e.message))
    setInterval(() => {}, 1000)`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('of several processes at once one gets the directory, and the others hear who has it', async () => {
  const processes = [1, 2, 3, 4].map(takeElsewhere)
  try {
    const answers = await Promise.all(
      processes.map(async ({ stdout }) => String(await once(stdout, 'data')).trim()),
    )
    const winner = processes[answers.indexOf('has it')]
    const refusal = (pid: number | string | undefined) =>
      `The data directory ${dataDir} is in use by process ${pid}: stop it first, or set CLASSGRAM_DATA_DIR.`
    expect(answers.filter((answer) => answer === 'has it')).toHaveLength(1)
    await expect(lockDataDir(dataDir)).rejects.toThrow(new StartupError(refusal(winner?.pid)))

    winner?.kill('SIGKILL')
    await once(winner ?? processes[0] ?? process, 'exit')
    const release = await lockDataDir(dataDir)
    await expect(lockDataDir(dataDir)).rejects.toThrow(new StartupError(refusal(process.pid)))
    await release()
    expect(await readdir(dataDir)).toEqual([])
  } finally {
    for (const child of processes) child.kill('SIGKILL')
  }
})

test('a lock that a process of the same id left before a restart does not count', async () => {
  await writeFile(join(dataDir, 'lock-1-before'), '')
  await (await lockDataDir(dataDir))()
  expect(await readdir(dataDir)).toEqual([])
})

test('a process that was killed and not yet collected is no longer alive', async () => {
  // `exec` makes the sleeping child's parent a program that collects nobody.
  const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const pid = Number(await once(parent.stdout, 'data'))
  await expect.poll(() => isAlive(pid)).toBe(false)
  expect(() => process.kill(pid, 0)).not.toThrow()
  expect(await startOf(process.pid)).toBeDefined()
  expect(await isAlive(parent.pid ?? 0)).toBe(true)
  expect(await isAlive(spawnSync('true').pid)).toBe(false)
  parent.kill()
})

const refused = (what: string, advice: string) =>
  new RegExp(`^The data directory ${dataDir}\\S* cannot be used \\(${what}.*\\): ${advice}, or set`)

test('a directory that cannot be written says what to do', async () => {
  await chmod(dataDir, 0o555)
  // The superuser may write everywhere.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) {
    process.seteuid?.(65_534)
  }
  try {
    const advice = 'give this user the right to write there'
    await expect(loadSecrets(dataDir)).rejects.toThrow(refused('EACCES', advice))
    await expect(lockDataDir(dataDir)).rejects.toThrow(refused('EACCES', advice))
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('a directory that is a file says what to do', async () => {
  const file = join(dataDir, 'file')
  await writeFile(file, '')
  await expect(loadSecrets(file)).rejects.toThrow(refused('ENOTDIR', 'move what is in the way'))
  await expect(lockDataDir(file)).rejects.toThrow(refused('EEXIST', 'move what is in the way'))
})

test('errors that have nothing to do with the directory stay as they are', async () => {
  const bug = new TypeError('a bug')
  await expect(inDataDir(dataDir, () => Promise.reject(bug))).rejects.toBe(bug)
})
