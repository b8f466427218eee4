import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  databaseUrl,
  deploy,
  inDataDir,
  loadSecrets,
  startEmbeddedPostgres,
} from '@classgram/database/server'
import { StartupError } from '@classgram/errors'
import { demoPeople, seedDemo } from '@classgram/prisma/demo'
import { type Env, type RunningServer, readSubgraphs } from '@classgram/server'
import { assertPortsFree } from './assert-ports-free.ts'
import type { Config } from './config.ts'
import { ownSecrets } from './own-secrets.ts'
import { gatewayEnv, subgraphEnv } from './settings.ts'

type Start = (env: Env) => Promise<RunningServer>

const postgresPort = 10

/**
 * Starts a whole school in this process on an embedded Postgres, with the demo school inside.
 *
 * @param env settings that servers take beyond what is computed for them here, like the bot's token
 * @param without subgraphs that run elsewhere, by `pnpm --filter @classgram/<name> start`
 * @throws StartupError with one line that says what to do; nothing is left running
 */
export async function startSchool(
  config: Config,
  env: Env,
  { without = [] }: { without?: string[] } = {},
): Promise<RunningServer> {
  return inDataDir(config.CLASSGRAM_DATA_DIR, () => startIn(config, env, without))
}

async function startIn(config: Config, env: Env, without: string[]): Promise<RunningServer> {
  const { CLASSGRAM_DATA_DIR: dataDir, GATEWAY_PORT: gatewayPort } = config
  const names = readSubgraphs().map((subgraph) => subgraph.name)
  const unknown = without.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new StartupError(
      `There is no subgraph ${unknown.join(', ')}: there are ${names.join(', ')}.`,
    )
  }
  const ports = new Map<string, number>()
  for (const { name, port } of readSubgraphs()) {
    if (!without.includes(name)) ports.set(name, gatewayPort + port)
  }
  // Last, because the one that starts last stops first.
  ports.set('gateway', gatewayPort)
  const code = Promise.withResolvers<Map<string, Start>>()
  code.promise.catch(() => {})

  const postgres = await startEmbeddedPostgres({
    dataDir,
    port: gatewayPort + postgresPort,
    password: (await loadSecrets(dataDir)).postgres,
    async beforeStart() {
      await assertPortsFree(env.HOST || '127.0.0.1', ports)
      // The servers' code loads while Postgres starts.
      code.resolve(loadServers([...ports.keys()]))
    },
  })
  const running: RunningServer[] = []
  const stop = async () => {
    // The gateway first, so that nothing asks a subgraph any more when it stops.
    try {
      await running.pop()?.stop()
      await Promise.all(running.map((server) => server.stop()))
    } finally {
      await postgres.stop()
    }
  }
  try {
    // Only who holds the data directory may make keys: of two that start at once, one is turned away
    // above, and never seals anything with a key that the other did not keep.
    const { secrets, vault } = await ownSecrets(dataDir, postgres.adminUrl)
    const settings = {
      nodeEnv: 'development' as const,
      gatewayPort,
      logLevel: config.LOG_LEVEL,
      secrets,
    }
    const envs = new Map<string, Env>(
      names.map((name) => {
        const role = { name, password: secrets.databases[name] ?? '' }
        return [name, subgraphEnv(name, databaseUrl(postgres.adminUrl, name, role), settings)]
      }),
    )
    envs.set('gateway', {
      ...gatewayEnv(settings),
      SANDBOX_TELEGRAM_ID: String(demoPeople.student),
    })
    await writeEnvFiles(join(dataDir, 'env'), envs)

    await deploy({ adminUrl: postgres.adminUrl, passwords: secrets.databases })
    await seedDemo({ adminUrl: postgres.adminUrl, vault, now: new Date() })
    const starts = await code.promise
    for (const [name, start] of starts) running.push(await start({ ...env, ...envs.get(name) }))
  } catch (error) {
    await stop()
    throw error
  }
  const failure = postgres.exited.then(
    () => 'Postgres has ended, so the school ends: start it again.',
  )
  return { url: `http://localhost:${gatewayPort}`, stop, failure }
}

async function loadServers(names: string[]): Promise<Map<string, Start>> {
  const root = join(import.meta.dirname, '../../..')
  const starts = new Map<string, Start>()
  for (const name of names) {
    const folder = name === 'gateway' ? 'gateway' : join('services', name)
    const module = await import(pathToFileURL(join(root, folder, 'src/server.ts')).href)
    starts.set(name, module.start)
  }
  return starts
}

/** Each server's settings, so that it can be started alone against this school's databases. */
async function writeEnvFiles(directory: string, envs: Map<string, Env>): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const [name, env] of envs) {
    const lines = Object.entries(env).map(([key, value]) => `${key}='${value}'`)
    await writeFile(join(directory, `${name}.env`), `${lines.join('\n')}\n`, { mode: 0o600 })
  }
}
