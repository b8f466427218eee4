import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, loadSecrets, startEmbeddedPostgres } from '@classgram/database/server'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Administrator's address of the server whose databases are the templates. */
    adminUrl: string
    /** Passwords of the services' roles. */
    passwords: Record<string, string>
    /** Where temporary folders are on a disk; those of `tmpdir()` may be in memory. */
    onDisk: string
  }
}

/** Nobody misses this data after a power cut. */
const losable = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** One Postgres for the whole run; its six migrated, empty databases are templates for each file's own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'classgram-test-'))
  const secrets = await loadSecrets(dataDir)
  const postgres = await startEmbeddedPostgres({
    dataDir,
    port: 0,
    password: secrets.postgres,
    settings: losable,
  })
  await deploy({ adminUrl: postgres.adminUrl, passwords: secrets.databases })
  project.provide('adminUrl', postgres.adminUrl)
  project.provide('passwords', secrets.databases)
  return async () => {
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
