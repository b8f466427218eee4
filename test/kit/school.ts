import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { completeSecrets, gatewayEnv, subgraphEnv } from '@classgram/school'
import { type Env, type RunningServer, readSubgraphs } from '@classgram/server'
import type { SubgraphOverrides } from '@classgram/server/subgraph'
import { createEnvelopeSigner, type Viewer } from '@classgram/viewer'
import type { JWK } from 'jose'
import { cloneDatabase, type TestDatabase } from './databases.ts'
import { findGatewayPort, giveBackPorts } from './ports.ts'

type Start = (env: Env, overrides?: SubgraphOverrides) => Promise<RunningServer>

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers as a client without types does
export type Answer = { data?: any; errors?: any[] }

export interface SchoolOptions {
  /** Subgraphs to run; the others are away, as in an outage. */
  services: string[]
  /** Also run the gateway. */
  gateway?: boolean
  /** Also run the services' jobs: events then reach who subscribes. */
  jobs?: boolean
  /** Settings to add or replace, by service. */
  env?: Record<string, Env>
  overrides?: SubgraphOverrides
}

export interface TestSchool {
  /** Asks one subgraph directly, with an envelope as the gateway would sign it. */
  ask: (
    service: string,
    viewer: Viewer,
    query: string,
    variables?: Record<string, unknown>,
  ) => Promise<Answer>
  /** Asks the gateway, with an access token or without. */
  query: (
    token: string | null,
    query: string,
    variables?: Record<string, unknown>,
  ) => Promise<Answer>
  gatewayUrl: string
  /** An access token, by the gateway's own sign-in for development. */
  signIn: (telegramId: bigint) => Promise<string>
  /** Address of a running server, without a path. */
  url: (name: string) => string
  database: (service: string) => TestDatabase
  /** SQL statements that a service sent while `act` ran, without those that frame transactions. */
  statements: (service: string, act: () => Promise<unknown>) => Promise<string[]>
  /** Stops one server, as if it had died, and gives back a way to start it again. */
  stop: (name: string) => Promise<() => Promise<void>>
  /** Private keys of the envelopes, by caller: for tests that forge. */
  envelopeKeys: Record<string, JWK>
  close: () => Promise<void>
}

/** Starts real servers on cloned databases, in this process. */
export async function startSchool(options: SchoolOptions): Promise<TestSchool> {
  const secrets = await completeSecrets({})
  const settings = {
    nodeEnv: 'test' as const,
    gatewayPort: await findGatewayPort(),
    logLevel: 'silent',
    secrets,
  }
  const databases = new Map<string, TestDatabase>()
  const running = new Map<string, RunningServer>()
  const seen: { service: string; sql: string }[] = []

  const startOne = async (name: string) => {
    const env =
      name === 'gateway'
        ? gatewayEnv(settings)
        : subgraphEnv(name, at(databases, name).url, settings)
    const onStatement = (sql: string) => seen.push({ service: name, sql })
    const start = await load(name)
    const overrides = { onStatement, ...options.overrides }
    // Hundreds of sign-ins from one address are a test's business; what limits them has its own.
    const jobs = options.jobs ? 'on' : 'off'
    const whole = { RATE_LIMITS: 'off', JOBS: jobs, ...env, ...options.env?.[name] }
    running.set(name, await start(whole, overrides))
  }

  await Promise.all(
    options.services.map(async (name) => databases.set(name, await cloneDatabase(name))),
  )
  await Promise.all(options.services.map(startOne))
  if (options.gateway) await startOne('gateway')

  const gatewayUrl = `http://127.0.0.1:${settings.gatewayPort}/graphql`
  const envelopeKeys = Object.fromEntries(
    Object.entries(secrets.envelopes).map(([name, pair]) => [name, pair.privateJwk as JWK]),
  )

  return {
    gatewayUrl,
    async signIn(telegramId) {
      const query = 'mutation ($id: TelegramID!) { devSignIn(telegramId: $id) { accessToken } }'
      const { data, errors } = await post(gatewayUrl, {}, { query, variables: { id: telegramId } })
      if (errors) throw new Error(`cannot sign in: ${JSON.stringify(errors)}`)
      return data.devSignIn.accessToken
    },
    url: (name) => at(running, name).url,
    envelopeKeys,
    database: (name) => at(databases, name),
    async ask(name, viewer, query, variables) {
      const caller = viewer.kind === 'service' ? viewer.name : 'gateway'
      const sign = await createEnvelopeSigner(envelopeKeys[caller] as JWK)
      const headers = {
        'x-classgram-envelope': await sign({ viewer, client: { address: '192.0.2.1' } }, name),
      }
      return post(`${at(running, name).url}/graphql`, headers, { query, variables })
    },
    query: (token, query, variables) =>
      post(gatewayUrl, token ? { authorization: `Bearer ${token}` } : {}, { query, variables }),
    async statements(name, act) {
      seen.length = 0
      await act()
      return seen.filter((entry) => entry.service === name && !isFrame(entry.sql)).map((s) => s.sql)
    },
    async stop(name) {
      await at(running, name).stop()
      running.delete(name)
      return () => startOne(name)
    },
    async close() {
      await Promise.all([...running.values()].map((server) => server.stop()))
      await Promise.all([...databases.values()].map((database) => database.drop()))
      giveBackPorts(settings.gatewayPort)
    },
  }
}

async function load(name: string): Promise<Start> {
  const folder =
    name === 'gateway'
      ? join(import.meta.dirname, '../../gateway/src')
      : readSubgraphs().find((subgraph) => subgraph.name === name)?.directory
  const module = await import(pathToFileURL(join(folder ?? name, 'server.ts')).href)
  return module.start as Start
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: { query: string; variables?: Record<string, unknown> },
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  })
  return (await response.json()) as Answer
}

function isFrame(sql: string): boolean {
  return /^(BEGIN|COMMIT|ROLLBACK|SET|SELECT set_config)/.test(sql)
}

function at<Value>(map: Map<string, Value>, name: string): Value {
  const value = map.get(name)
  if (value === undefined) throw new Error(`${name} is not part of this test's school`)
  return value
}
