import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * When a process began, in the system's own words: together with its id it tells a process from a later one that got
 * the same id, as after a restart of the machine or the container.
 *
 * @returns undefined if there is no such process, or if it has ended and only waits to be collected
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const [state, ...start] = (await ps(pid, 'state=,lstart=')).trim().split(/\W+/)
    return state && state !== 'Z' ? start.join('-') : undefined
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // From the state on (field 3 of proc(5)): the program's name before it may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] && !'ZX'.includes(fields[0]) ? fields[19] : undefined
}

export async function isAlive(pid: number): Promise<boolean> {
  return (await startOf(pid)) !== undefined
}

/** Of a running process; empty if there is none, or if it has ended and only waits to be collected. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ps(pid, 'args=')
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

async function ps(pid: number, columns: string): Promise<string> {
  // The same answer whoever asks: dates come in the asker's language and time zone.
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
  const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', columns], {
    env,
  }).catch(() => ({ stdout: '' }))
  return stdout
}
