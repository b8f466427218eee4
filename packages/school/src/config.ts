import { resolve } from 'node:path'
import { type Env, loadSettings } from '@classgram/server'
import { z } from 'zod'

const settings = {
  /** Where the embedded mode keeps everything that it writes. */
  CLASSGRAM_DATA_DIR: z
    .string()
    .default('.data')
    .transform((directory) => resolve(directory)),
  GATEWAY_PORT: z.coerce.number().int().min(1024).max(65_000).default(4000),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
}

export type Config = ReturnType<typeof loadConfig>

/** @throws StartupError naming every setting that is wrong */
export function loadConfig(env: Env) {
  return loadSettings(settings, env)
}
