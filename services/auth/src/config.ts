import { keyRing } from '@classgram/encryption'
import { type Env, jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'
import { z } from 'zod'

const settings = {
  ...subgraphSettings,
  /** The school's own address: access tokens carry it, and hold only where it is expected. */
  TOKEN_ISSUER: z.url(),
  /** Keys for personal data and for the signing keys' private halves. */
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
}

export type Config = ReturnType<typeof loadConfig>

/** @throws StartupError naming every setting that is missing or wrong */
export function loadConfig(env: Env) {
  return loadSettings(settings, env)
}
