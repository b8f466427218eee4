import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { StartupError } from '@classgram/errors'
import { type Account, asAccount } from './postgres-binaries.ts'

/** How to create a cluster. */
interface NewCluster {
  initdb: string
  /** Who owns it, if not this user. */
  account: Account | undefined
  /** Of the administrator `postgres`. */
  password: string
  /** Whether the files need not reach the disk at once. */
  noSync: boolean
}

/**
 * Creates a cluster aside and moves it into place, so that one cut short is never mistaken for a whole one. A folder
 * with anything in it is left to the server to judge.
 *
 * @throws StartupError when Postgres cannot do it
 */
export async function createCluster(cluster: string, options: NewCluster): Promise<void> {
  if (!(await isEmpty(cluster))) return
  const { account, password, noSync } = options
  const draft = `${cluster}.new-${process.pid}`
  const passwordFile = `${draft}.password`
  try {
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o700 })
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (account) {
      await chown(draft, account.uid, account.gid)
      await chown(passwordFile, account.uid, account.gid)
    }
    const initdb = await asAccount(account, [draft], options.initdb, [
      ...['-D', draft, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--no-locale'],
      ...(noSync ? ['--no-sync'] : []),
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ])
    await runToEnd(initdb.program, initdb.args, initdb.options)
    await rm(cluster, { recursive: true, force: true })
    await rename(draft, cluster)
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

async function isEmpty(cluster: string): Promise<boolean> {
  const names = await readdir(cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw unopenable(cluster, error.code ?? error.message)
  })
  return names.length === 0
}

async function runToEnd(program: string, args: string[], options: Partial<Account>): Promise<void> {
  const child = spawn(program, args, {
    ...options,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  const [code] = await once(child, 'close')
  if (code === 0) return
  throw new StartupError(
    `Postgres cannot create its cluster: ${errors.trim().replaceAll('\n', ' ')}`,
  )
}

/** For a cluster that is there but does not work. */
export function unopenable(cluster: string, reason: string): StartupError {
  return new StartupError(
    `The data directory ${cluster} cannot be opened (${reason}): restore it, or remove it to begin anew.`,
  )
}
