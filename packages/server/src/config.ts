import { StartupError } from '@classgram/errors'
import { z } from 'zod'
import { readSubgraphs } from './subgraphs.ts'

export type Env = Record<string, string | undefined>

/** A setting that is written as JSON, because its parts mean nothing apart: a key, a key set. */
export const jsonSetting = () =>
  z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('is not JSON')
      return z.NEVER
    }
  })

/** An Ed25519 key as a JWK (RFC 8037); its `kid` is the name of the process that it belongs to. */
const publicKey = z.looseObject({
  kid: z.string(),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
})
const privateKey = publicKey.extend({ d: z.string() })

/** What every server of the school is told. */
export const serverSettings = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: z.coerce.number().int().min(1).max(65_000).default(4000),
  /** Address of a subgraph, with `{name}` and `{port}` to fill in. */
  SUBGRAPH_URL: z.string().default('http://127.0.0.1:{port}/graphql'),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  /** Private Ed25519 JWK of this process; its `kid` is the process's name. */
  ENVELOPE_KEY: jsonSetting().pipe(privateKey),
} as const

/** What every subgraph is told, beyond that. */
export const subgraphSettings = {
  ...serverSettings,
  DATABASE_URL: z.string().min(1),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(10),
  /** Whether this process runs the service's jobs, too: its events are delivered by them. */
  JOBS: z.enum(['on', 'off']).default('on'),
  /** Milliseconds until an event that could not be delivered is tried again; then twice as long, and so on. */
  EVENTS_FIRST_RETRY_MS: z.coerce.number().int().min(1).default(1_000),
  /** For how long an event that cannot be delivered is tried until it is parked. */
  EVENTS_GIVE_UP_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .default(24 * 60 * 60),
  /** Milliseconds until a subscriber that has not answered counts as failed. */
  EVENTS_TIMEOUT_MS: z.coerce.number().int().min(1).default(5_000),
  /** How many seconds pass between two rounds of housekeeping, more or less. */
  HOUSEKEEPING_SECONDS: z.coerce.number().min(0.1).default(300),
  /** Public keys (JWKS) of the gateway and the sister services. */
  ENVELOPE_TRUST: jsonSetting().pipe(z.object({ keys: z.array(publicKey) })),
} as const

/**
 * Reads settings from the environment. An empty variable counts as not set.
 *
 * @throws StartupError naming every setting that is missing or wrong
 */
export function loadSettings<Shape extends z.ZodRawShape>(shape: Shape, env: Env) {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = z.object(shape).safeParse(set)
  if (result.success) return result.data
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`)
  throw new StartupError(`Settings missing or wrong: ${wrong.join('; ')}.`)
}

/** The port of a subgraph, by its place in the list. */
export function portOf(name: string, gatewayPort: number): number {
  const subgraph = readSubgraphs().find((entry) => entry.name === name)
  if (!subgraph) throw new StartupError(`${name} is not in gateway/supergraph.yaml.`)
  return gatewayPort + subgraph.port
}
