import { existsSync } from 'node:fs'
import { StartupError } from '@classgram/errors'
import { listDatabases } from './databases.ts'
import { clusterDir, startEmbeddedPostgres } from './embedded-postgres.ts'
import { findOwnedPostmaster } from './postmaster.ts'
import { loadSecrets } from './secrets.ts'

/** A server for an operator's command. */
export interface Server {
  /** URL of the maintenance database as an administrator. */
  adminUrl: string
  /** The password of each service's role. */
  passwords: Record<string, string>
  /** The data directory of the embedded server; undefined for a server elsewhere. */
  dataDir?: string
  /** The process that the server was running for already: the school's. */
  runsFor?: number
}

/**
 * Runs `use` on the server of DATABASE_ADMIN_URL, where each role's password comes from <NAME>_DATABASE_PASSWORD;
 * without it on the embedded server of CLASSGRAM_DATA_DIR (default `.data`), started for the time of `use` unless the
 * school is running on it.
 *
 * @param mustExist whether a data directory without a server is refused, and not given one
 * @throws StartupError when the embedded server cannot start, or is not there
 */
export async function withServer<R>(
  env: Record<string, string | undefined>,
  use: (server: Server) => Promise<R>,
  { mustExist = false }: { mustExist?: boolean } = {},
): Promise<R> {
  const external = env.DATABASE_ADMIN_URL
  if (external) {
    const passwords = listDatabases().map((name) => [
      name,
      env[`${name.toUpperCase()}_DATABASE_PASSWORD`] ?? '',
    ])
    return use({ adminUrl: external, passwords: Object.fromEntries(passwords) })
  }
  const dataDir = env.CLASSGRAM_DATA_DIR || '.data'
  if (mustExist && !existsSync(clusterDir(dataDir))) {
    throw new StartupError(`There is no school in ${dataDir}: see CLASSGRAM_DATA_DIR.`)
  }
  const { postgres: password, databases: passwords } = await loadSecrets(dataDir)
  const running = await findOwnedPostmaster(clusterDir(dataDir))
  if (running) {
    const adminUrl = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${running.port}/postgres`
    return use({ adminUrl, passwords, dataDir, runsFor: running.owner })
  }
  const server = await startEmbeddedPostgres({ dataDir, port: 0, password })
  try {
    return await use({ adminUrl: server.adminUrl, passwords, dataDir })
  } finally {
    await server.stop()
  }
}
