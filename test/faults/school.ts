import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  databaseUrl,
  deploy,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@classgram/database/server'
import { completeSecrets, subgraphEnv } from '@classgram/school'
import { as, findGatewayPort } from '@classgram/test/kit'
import { createEnvelopeSigner } from '@classgram/viewer'
import type { JWK } from 'jose'
import pg from 'pg'
import { type Run, runCommand } from '../journeys/processes.ts'
import { type Fault, startFaultyProxy } from './faulty-proxy.ts'

const root = join(import.meta.dirname, '../..')
const node = join(root, 'node_modules/node/bin/node')
const offsets = { teachers: 2, students: 3, groups: 4 }
const databases = ['teachers', 'students', 'groups'] as const
const timeoutMs = 400

export type Database = (typeof databases)[number]

/** A process that can be killed, and is then started again. */
export const processes = ['groups', 'groups too', 'teachers', 'students'] as const
export type Process = (typeof processes)[number]

export interface FaultySchool {
  /** As the owner; a pool that forgets connections which a restart has cut. */
  query: <Row>(database: Database, sql: string, values?: unknown[]) => Promise<Row[]>
  /** A connection of its own, to hold locks on. */
  connect: (database: Database) => Promise<pg.Client>
  /** Asks one of the two processes of groups as an administrator; throws when it does not answer. */
  ask: (
    server: 'groups' | 'groups too',
    query: string,
    variables: object,
    // biome-ignore lint/suspicious/noExplicitAny: tests look at answers as a client without types does
  ) => Promise<any>
  start: (name: Process, env?: Record<string, string>) => Promise<void>
  kill: (name: Process) => Promise<void>
  /** Tells it to stop. @returns its exit code */
  end: (name: Process) => Promise<number | null>
  isReady: (name: Process) => Promise<boolean>
  /** Stops Postgres as a power cut of its clients would, in immediate mode, and starts it again. */
  restartPostgres: () => Promise<void>
  /** What a process printed: lines of its log. */
  output: (name: Process) => string
  close: () => Promise<void>
}

/**
 * Starts groups twice, teachers and students, each as a process of its own, on a Postgres of this test's own; between
 * groups and the others stand proxies.
 *
 * @param nextFault what befalls the next event on its way to a subscriber
 */
export async function startFaultySchool(nextFault: () => Fault | undefined): Promise<FaultySchool> {
  const dataDir = await mkdtemp(join(tmpdir(), 'classgram-faults-'))
  const secrets = await completeSecrets({})
  const password = 'faults'
  // What a process has written outlives it all the same.
  const settings = { fsync: 'off', full_page_writes: 'off' }
  let postgres = await startEmbeddedPostgres({ dataDir, port: 0, password, settings })
  const adminUrl = postgres.adminUrl
  const passwords = Object.fromEntries(
    databases.map((name) => [name, randomBytes(16).toString('hex')]),
  )
  await deploy({ adminUrl, passwords, databases: [...databases] })

  // Each process looks for its sisters above its own base port: where the proxies of the two producers are.
  const proxies: { close: () => Promise<void> }[] = []
  const bases = { teachers: 0, students: 0, groups: 0, 'groups too': 0 }
  for (const producer of ['groups', 'groups too'] as const) {
    bases[producer] = await findGatewayPort()
    for (const consumer of ['teachers', 'students'] as const) {
      const port = bases[producer] + offsets[consumer]
      const target = () => bases[consumer] + offsets[consumer]
      proxies.push(await startFaultyProxy({ port, target, nextFault, lateMs: timeoutMs * 1.5 }))
    }
  }
  bases.teachers = bases.students = await findGatewayPort()

  const pools = new Map(
    databases.map((name) => {
      const pool = new pg.Pool({ connectionString: databaseUrl(adminUrl, name), max: 3 })
      pool.on('error', () => {})
      pool.on('connect', (client) => client.on('error', () => {}))
      return [name, pool]
    }),
  )
  const running = new Map<Process, Run>()
  const serviceOf = (name: Process) => (name === 'groups too' ? 'groups' : name)
  const urlOf = (name: Process) => `http://127.0.0.1:${bases[name] + offsets[serviceOf(name)]}`
  const sign = await createEnvelopeSigner(secrets.envelopes.gateway?.privateJwk as JWK)

  const isReady = (name: Process) =>
    fetch(`${urlOf(name)}/readyz`).then(
      (answer) => answer.status === 200,
      () => false,
    )
  const start: FaultySchool['start'] = async (name, env = {}) => {
    const service = serviceOf(name)
    const role = { name: service, password: passwords[service] ?? '' }
    const own = subgraphEnv(service, databaseUrl(adminUrl, service, role), {
      nodeEnv: 'test',
      gatewayPort: bases[name],
      logLevel: 'info',
      secrets,
    })
    const run = runCommand([node, 'src/main.ts'], {
      cwd: join(root, 'services', service),
      env: {
        ...(own as Record<string, string>),
        EVENTS_FIRST_RETRY_MS: '50',
        EVENTS_TIMEOUT_MS: String(timeoutMs),
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
        ...env,
      },
    })
    running.set(name, run)
    while (!(await isReady(name))) {
      if (run.child.exitCode !== null) throw new Error(`${name} has ended:\n${run.output()}`)
      await wait(30)
    }
  }
  const stopPostgres = async (server: EmbeddedPostgres) => {
    process.kill(server.pid, 'SIGQUIT')
    await server.exited
  }
  return {
    start,
    isReady,
    output: (name) => running.get(name)?.output() ?? '',
    async query<Row>(database: Database, sql: string, values: unknown[] = []) {
      const result = await pools.get(database)?.query(sql, values)
      return (result?.rows ?? []) as Row[]
    },
    async connect(database) {
      const client = new pg.Client(databaseUrl(adminUrl, database))
      client.on('error', () => {})
      await client.connect()
      return client
    },
    async ask(server, query, variables) {
      const response = await fetch(`${urlOf(server)}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-classgram-envelope': await sign({ viewer: as.admin() }, 'groups'),
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(15_000),
      })
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown }
      if (errors) throw new Error(JSON.stringify(errors))
      return data
    },
    async kill(name) {
      const run = running.get(name)
      running.delete(name)
      await run?.end('SIGKILL')
    },
    async end(name) {
      const run = running.get(name)
      running.delete(name)
      return run?.end('SIGTERM') ?? null
    },
    async restartPostgres() {
      await stopPostgres(postgres)
      const port = Number(new URL(adminUrl).port)
      postgres = await startEmbeddedPostgres({ dataDir, port, password, settings })
    },
    async close() {
      for (const run of running.values()) await run.end('SIGKILL')
      await Promise.all(proxies.map((proxy) => proxy.close()))
      await Promise.all([...pools.values()].map((pool) => pool.end()))
      await stopPostgres(postgres)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
