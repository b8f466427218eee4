import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { StartupError } from '@classgram/errors'
import pg from 'pg'
import { type Account, asAccount, findBinaries, serverAccount } from './postgres-binaries.ts'
import { makeWay, ownerSetting } from './postmaster.ts'

/** How to run a Postgres server of our own. */
export interface EmbeddedPostgresOptions {
  /** Classgram's data directory; the cluster lives in its folder `postgres`. */
  dataDir: string
  /** On 127.0.0.1; 0 takes any free one. */
  port: number
  /** Of the administrator `postgres`, as when the cluster was created. */
  password: string
  /** Receives each line that the server logs. */
  logger?: (line: string) => void
  /** Further server settings, like `{ fsync: 'off' }` where the data may be lost. */
  settings?: Record<string, string>
}

/** A running server. */
export interface EmbeddedPostgres {
  /** URL of the maintenance database as administrator. */
  adminUrl: string
  pid: number
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<void>
  /** Disconnects everybody, writes everything out and ends the server. */
  stop(): Promise<void>
}

/** Folder of the cluster in a data directory. */
export function clusterDir(dataDir: string): string {
  return resolve(dataDir, 'postgres')
}

/**
 * Starts Postgres on a data directory, creating the cluster when there is none. It listens on 127.0.0.1 only. What
 * a killed predecessor left behind (a lock file, even a running server) is no obstacle.
 *
 * The server is in a process group of its own: a Ctrl-C reaches this process alone, which decides when to stop it.
 *
 * @throws StartupError when the port is taken, or the directory in use, unreachable or corrupt
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { logger = () => {} } = options
  const cluster = clusterDir(options.dataDir)
  const { initdb, postgres } = await findBinaries()
  const account = await serverAccount()
  await mkdir(options.dataDir, { recursive: true })
  if (account) await letIn(options.dataDir)
  if (await isEmpty(cluster)) await createCluster(cluster, initdb, account, options)
  await makeWay(cluster)
  const port = await checkPort(options.port)

  const settings = { ...defaults, ...options.settings, port: String(port) }
  const run = () => launch({ postgres, cluster, account, settings, logger })
  let server = await run()
  // After a kill -9 the old server's children hold its memory until they notice, within moments.
  for (let waited = 0; server === 'busy' && waited < 5_000; waited += 100) {
    await wait(100)
    server = await run()
  }
  if (server === 'busy') throw inUse(cluster)
  const adminUrl = `postgresql://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`
  const running = { adminUrl, pid: server.pid ?? 0, ...lifetime(server) }
  await checkPassword(running, cluster)
  return running
}

const defaults = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
}

interface Launch {
  postgres: string
  cluster: string
  account: Account | undefined
  settings: Record<string, string> & { port: string }
  logger: (line: string) => void
}

async function launch({
  postgres,
  cluster,
  account,
  settings,
  logger,
}: Launch): Promise<ChildProcess | 'busy'> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const args = ['-D', cluster, '-c', ownerSetting(process.pid), ...flags]
  const { program, args: all, options } = await asAccount(account, [cluster], postgres, args)
  const server = spawn(program, all, {
    ...options,
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((started, failed) => {
    let complaint = ''
    server.on('error', failed)
    server.on('close', () => {
      if (complaint.includes('shared memory block')) started('busy')
      else failed(startFailure(cluster, settings.port, complaint))
    })
    createInterface({ input: server.stderr }).on('line', (line) => {
      logger(line)
      if (/ (FATAL|PANIC): /.test(line)) complaint ||= line.replace(/^.*(FATAL|PANIC): +/, '')
      if (line.includes('database system is ready to accept connections')) started(server)
    })
  })
}

function startFailure(cluster: string, port: string, complaint: string): Error {
  if (complaint.includes('could not create any TCP/IP sockets')) return portTaken(port)
  if (complaint.includes('lock file')) return inUse(cluster)
  return new StartupError(
    `The data directory ${cluster} cannot be opened (${complaint || 'the server ended at once'}): restore it, or remove it to begin anew.`,
  )
}

function lifetime(server: ChildProcess): Pick<EmbeddedPostgres, 'exited' | 'stop'> {
  const exited = once(server, 'exit').then(() => {})
  const onExit = () => server.kill('SIGINT')
  process.once('exit', onExit)
  exited.then(() => process.removeListener('exit', onExit))
  return {
    exited,
    async stop() {
      server.kill('SIGINT')
      await exited
    },
  }
}

/** Creates the cluster aside and moves it into place, so that one cut short is never mistaken for a whole one. */
async function createCluster(
  cluster: string,
  initdb: string,
  account: Account | undefined,
  { password, settings }: EmbeddedPostgresOptions,
): Promise<void> {
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
    const { program, args, options } = await asAccount(account, [draft], initdb, [
      ...['-D', draft, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--no-locale'],
      ...(settings?.fsync === 'off' ? ['--no-sync'] : []),
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ])
    await runToEnd(program, args, options)
    await rm(cluster, { recursive: true, force: true })
    await rename(draft, cluster)
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
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

/** Whether there is no cluster yet. A folder with anything in it is left to the server to judge. */
async function isEmpty(cluster: string): Promise<boolean> {
  const names = await readdir(cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new StartupError(
      `The data directory ${cluster} cannot be opened (${error.code}): restore it, or remove it to begin anew.`,
    )
  })
  return names.length === 0
}

async function letIn(dataDir: string): Promise<void> {
  const { mode } = await stat(dataDir)
  if ((mode & 0o001) === 0) await chmod(dataDir, mode | 0o011)
}

async function checkPort(port: number): Promise<number> {
  const probe = createServer().listen(port, '127.0.0.1')
  await once(probe, 'listening').catch(() => {
    throw portTaken(port)
  })
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  return typeof address === 'object' && address ? address.port : port
}

function inUse(cluster: string): StartupError {
  return new StartupError(
    `The data directory ${cluster} is in use by another server: stop it first, or set CLASSGRAM_DATA_DIR.`,
  )
}

function portTaken(port: number | string): StartupError {
  return new StartupError(`Port ${port} is taken: stop the other program or set GATEWAY_PORT.`)
}

async function checkPassword(server: EmbeddedPostgres, cluster: string): Promise<void> {
  const client = new pg.Client(server.adminUrl)
  try {
    await client.connect()
  } catch (error) {
    await server.stop()
    if (!(error instanceof pg.DatabaseError && error.code === '28P01')) throw error
    throw new StartupError(
      `The data directory ${cluster} cannot be opened (its password is not the one in secrets.json): restore both together, or remove both to begin anew.`,
    )
  } finally {
    await client.end()
  }
}
