import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { StartupError } from '@classgram/errors'
import { isAlive, startOf } from './processes.ts'

/** What to do about an error of the file system. */
const advice: Record<string, string> = {
  EACCES: 'give this user the right to write there',
  EPERM: 'give this user the right to write there',
  EROFS: 'make it writable',
  EEXIST: 'move what is in the way',
  EISDIR: 'move what is in the way',
  ENOTDIR: 'move what is in the way',
  ENOSPC: 'make room on the disk',
  EDQUOT: 'make room on the disk',
}

/**
 * Runs `use`, which works on the files of a data directory.
 *
 * @throws StartupError in the place of the file system's error, when a file there cannot be read or written
 */
export async function inDataDir<R>(dataDir: string, use: () => Promise<R>): Promise<R> {
  try {
    return await use()
  } catch (error) {
    throw error instanceof Error ? asStartupError(error, resolve(dataDir)) : error
  }
}

function asStartupError(error: NodeJS.ErrnoException, dataDir: string): Error {
  const what = advice[error.code ?? '']
  const path = error.path && resolve(error.path)
  if (!what || !path || !(path.startsWith(dataDir) || dataDir.startsWith(path))) return error
  return new StartupError(
    `The data directory ${dataDir} cannot be used (${error.message}): ${what}, or set CLASSGRAM_DATA_DIR.`,
    { cause: error },
  )
}

/**
 * Takes a data directory, created if need be, for this process alone. A process that ends without giving it back, or
 * is killed, holds nothing.
 *
 * Each process puts up a file of its own and then looks for those of others: as all do so in this order, at most one
 * finds itself alone. (One file for all would have to be taken over from the dead, which two can do at once.)
 *
 * @returns what gives the directory back
 * @throws StartupError if another has it, or if it cannot be written
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  return inDataDir(dataDir, async () => {
    await mkdir(dataDir, { recursive: true })
    const own = `lock-${process.pid}-${await startOf(process.pid)}`
    const file = join(dataDir, own)
    const release = () => rm(file, { force: true })
    await writeFile(file, '', { flag: 'wx', mode: 0o600 }).catch((error) => {
      throw error.code === 'EEXIST' ? inUse(dataDir, process.pid) : error
    })
    try {
      // Of two that meet here, one gives way at once, and the other waits for that.
      for (let waited = 0; ; waited += 50) {
        const [other] = await otherLocks(dataDir, own)
        if (!other) return release
        if (other.name < own || waited >= 1_000) throw inUse(dataDir, other.pid)
        await wait(50)
      }
    } catch (error) {
      await release()
      throw error
    }
  })
}

/** Those of living processes, in order; the others' are removed. */
async function otherLocks(dataDir: string, own: string): Promise<{ name: string; pid: number }[]> {
  const found: { name: string; pid: number }[] = []
  for (const name of (await readdir(dataDir)).sort()) {
    const [, pid, start] = name.match(/^lock-(\d+)-(.+)$/) ?? []
    if (!pid || name === own) continue
    if ((await startOf(Number(pid))) === start) found.push({ name, pid: Number(pid) })
    else await rm(join(dataDir, name), { force: true })
  }
  return found
}

/** Removes what processes killed on the way left behind: half a cluster, drafts of files. */
export async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const [, pid] = name.match(/^(?:postgres\.new-|secrets\.json\.|demo\.json\.)(\d+)/) ?? []
    if (!pid || (await isAlive(Number(pid)))) continue
    // With patience, because an initdb may outlive who started it for a moment.
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

/** @param pid of the process that has the directory */
export function inUse(dataDir: string, pid: number): StartupError {
  return new StartupError(
    `The data directory ${resolve(dataDir)} is in use by process ${pid}: stop it first, or set CLASSGRAM_DATA_DIR.`,
  )
}
