import { join } from 'node:path'
import { type Env, loadSettings, serverSettings } from '@classgram/server'
import { z } from 'zod'

const settings = {
  ...serverSettings,
  /** The school's own address: only access tokens that carry it hold here. */
  TOKEN_ISSUER: z.url(),
  /** The composed graph; read again whenever it changes. */
  SUPERGRAPH_FILE: z.string().default(join(import.meta.dirname, '../supergraph.graphql')),
  /** Addresses or networks (comma-separated) of proxies whose `x-forwarded-for` tells the client's. */
  TRUSTED_PROXIES: z
    .string()
    .transform((list) => list.split(',').map((entry) => entry.trim()))
    .optional(),
  /** In development: the person whom Apollo Sandbox is prefilled for. */
  SANDBOX_TELEGRAM_ID: z.string().regex(/^\d+$/).optional(),
}

export type Config = ReturnType<typeof loadConfig>

/** @throws StartupError naming every setting that is missing or wrong */
export function loadConfig(env: Env) {
  return loadSettings(settings, env)
}
