import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { StartupError } from '@classgram/errors'
import { inUse } from './data-dir.ts'
import { commandLine, isAlive } from './processes.ts'

/** A server that runs on a cluster's folder. */
export interface Postmaster {
  pid: number
  port: number
  /** The process that started it. */
  owner: number
}

/** The setting by which a server tells who started it. */
export function ownerSetting(pid: number): string {
  return `cluster_name=classgram-${pid}`
}

/** The server that runs on `cluster` for an owner who is alive. */
export async function findOwnedPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const running = await findPostmaster(cluster)
  return running && (await isAlive(running.owner)) ? running : undefined
}

async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = (await read(join(cluster, 'postmaster.pid'))).split('\n')
  const pid = Number(lines[0])
  if (!pid || !(await commandLine(pid)).includes(cluster)) return undefined
  const owner = (await read(join(cluster, 'postmaster.opts'))).match(/cluster_name=classgram-(\d+)/)
  return { pid, port: Number(lines[3]), owner: Number(owner?.[1] ?? 0) }
}

/**
 * Makes sure that a server can start on `cluster`: removes the lock file of one that was killed, and ends one whose
 * owner was killed and left it behind.
 *
 * @throws StartupError if the server has an owner who is alive
 */
export async function makeWay(cluster: string): Promise<void> {
  const running = await findPostmaster(cluster)
  if (!running) {
    await rm(join(cluster, 'postmaster.pid'), { force: true })
    return
  }
  if (await isAlive(running.owner)) throw inUse(dirname(cluster), running.owner)
  process.kill(running.pid, 'SIGINT')
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (!(await findPostmaster(cluster))) return
    await wait(50)
  }
  throw new StartupError(`The Postgres server ${running.pid} does not end: stop it first.`)
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
