import type { Env } from '@classgram/server'
import type { SchoolSecrets } from './secrets.ts'

export interface SchoolSettings {
  nodeEnv: 'development' | 'test' | 'production'
  gatewayPort: number
  logLevel: string
  secrets: SchoolSecrets
}

/** The environment of the gateway of a school on one machine. */
export function gatewayEnv({ nodeEnv, gatewayPort, logLevel, secrets }: SchoolSettings): Env {
  return {
    NODE_ENV: nodeEnv,
    GATEWAY_PORT: String(gatewayPort),
    LOG_LEVEL: logLevel,
    TOKEN_ISSUER: `http://localhost:${gatewayPort}`,
    ENVELOPE_KEY: JSON.stringify(secrets.envelopes.gateway?.privateJwk),
  }
}

/** The environment of one subgraph of a school on one machine. */
export function subgraphEnv(name: string, databaseUrl: string, settings: SchoolSettings): Env {
  const { envelopes, encryption } = settings.secrets
  return {
    ...gatewayEnv(settings),
    DATABASE_URL: databaseUrl,
    ENVELOPE_KEY: JSON.stringify(envelopes[name]?.privateJwk),
    ENVELOPE_TRUST: JSON.stringify({
      keys: Object.values(envelopes).map((pair) => pair.publicJwk),
    }),
    ENCRYPTION_KEYS: JSON.stringify(encryption),
  }
}
