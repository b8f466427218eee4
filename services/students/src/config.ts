import { keyRing } from '@classgram/encryption'
import { type Env, jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'

const settings = {
  ...subgraphSettings,
  /** Keys for guardians' contacts. */
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
}

export type Config = ReturnType<typeof loadConfig>

/** @throws StartupError naming every setting that is missing or wrong */
export function loadConfig(env: Env) {
  return loadSettings(settings, env)
}
