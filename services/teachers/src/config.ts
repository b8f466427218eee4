import { type Env, loadSettings, subgraphSettings } from '@classgram/server'

/** @throws StartupError naming every setting that is missing or wrong */
export function loadConfig(env: Env) {
  return loadSettings(subgraphSettings, env)
}
