import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { StartupError } from '@classgram/errors'
import pg from 'pg'
import { createCluster, unopenable } from './create-cluster.ts'
import { inDataDir, lockDataDir, removeLeftovers } from './data-dir.ts'
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
  /** Called as soon as the directory is this process's alone, before anything costly; may refuse by throwing. */
  beforeStart?: () => Promise<void>
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
 * Until the server has ended, the directory is this process's alone.
 *
 * @throws StartupError when the port is taken, or the directory in use, unwritable or corrupt
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const release = await lockDataDir(options.dataDir)
  try {
    return await inDataDir(options.dataDir, () => startLocked(options, release))
  } catch (error) {
    await release()
    throw error
  }
}

async function startLocked(
  options: EmbeddedPostgresOptions,
  release: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const { dataDir, password, logger = () => {} } = options
  await options.beforeStart?.()
  const cluster = clusterDir(dataDir)
  const { initdb, postgres } = await findBinaries()
  const account = await serverAccount()
  if (account) await letIn(dataDir)
  await removeLeftovers(dataDir)
  const noSync = options.settings?.fsync === 'off'
  await createCluster(cluster, { initdb, account, password, noSync })
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
  if (server === 'busy') throw inUseByAnother(cluster)
  const adminUrl = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  const running = { adminUrl, pid: server.pid ?? 0, ...lifetime(server, release) }
  await checkDatabase(running, cluster)
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
  if (complaint.includes('lock file')) return inUseByAnother(cluster)
  return unopenable(cluster, complaint || 'the server ended at once')
}

function lifetime(
  server: ChildProcess,
  release: () => Promise<void>,
): Pick<EmbeddedPostgres, 'exited' | 'stop'> {
  // What cannot be given back counts for nothing as soon as this process ends.
  const exited = once(server, 'exit').then(() => release().catch(() => {}))
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

/** By one that Classgram did not start. */
function inUseByAnother(cluster: string): StartupError {
  return new StartupError(
    `The data directory ${cluster} is in use by another server: stop it first, or set CLASSGRAM_DATA_DIR.`,
  )
}

function portTaken(port: number | string): StartupError {
  return new StartupError(`Port ${port} is taken: stop the other program or set GATEWAY_PORT.`)
}

/** Whether the maintenance database can be entered. */
async function checkDatabase(server: EmbeddedPostgres, cluster: string): Promise<void> {
  const client = new pg.Client(server.adminUrl)
  try {
    await client.connect()
  } catch (error) {
    await server.stop()
    if (!(error instanceof pg.DatabaseError)) throw error
    if (error.code !== '28P01') throw unopenable(cluster, error.message)
    throw new StartupError(
      `The data directory ${cluster} cannot be opened (its password is not the one in secrets.json): restore both together, or remove both to begin anew.`,
    )
  } finally {
    await client.end()
  }
}
