import { StartupError } from '@classgram/errors'
import { checkDatabase } from './check.ts'
import { listDatabases } from './databases.ts'
import { deploy } from './deploy.ts'
import { clusterDir, startEmbeddedPostgres } from './embedded-postgres.ts'
import { withClient } from './migrate.ts'
import { newMigration } from './new-migration.ts'
import { findOwnedPostmaster } from './postmaster.ts'
import { loadSecrets } from './secrets.ts'

/**
 * The `db:` commands. They work on the server of DATABASE_ADMIN_URL, where each role's password comes from
 * <NAME>_DATABASE_PASSWORD; without it on the embedded server of CLASSGRAM_DATA_DIR (default `.data`), started for
 * the time of the command unless the school is running on it.
 */
const usage = `Usage:
  db:deploy                 create what is missing: roles, databases, migrations, grants
  db:new <database> <name>  write a migration for what changed in the Prisma schema
  db:check                  compare Prisma schemas, migrations and audit triggers
  db:reset [--force]        drop all databases and deploy again`

interface Server {
  adminUrl: string
  passwords: Record<string, string>
}

const commands: Record<string, (args: string[]) => Promise<void>> = {
  deploy: () => withServer(runDeploy),

  async new([database, name]) {
    if (!database || !name) throw new StartupError(usage)
    console.log(`Wrote ${await newMigration(database, name, new Date())}: read it, then db:check.`)
  },

  check: () =>
    withServer(async ({ adminUrl }) => {
      const faults: string[] = []
      for (const name of listDatabases()) faults.push(...(await checkDatabase(adminUrl, name)))
      if (faults.length > 0) throw new StartupError(faults.join('\n'))
      console.log('Schemas, migrations and audit triggers agree.')
    }),

  async reset(args) {
    if (process.env.DATABASE_ADMIN_URL && !args.includes('--force')) {
      throw new StartupError(
        'This would drop the databases of DATABASE_ADMIN_URL: add --force if you mean it.',
      )
    }
    await withServer(async (server) => {
      await withClient(server.adminUrl, async (admin) => {
        for (const name of listDatabases()) {
          await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        }
      })
      await runDeploy(server)
    })
  },
}

async function runDeploy(server: Server): Promise<void> {
  const applied = await deploy(server)
  for (const [database, migrations] of Object.entries(applied)) {
    console.log(`${database}: ${migrations.length > 0 ? migrations.join(', ') : 'up to date'}`)
  }
}

async function withServer(use: (server: Server) => Promise<void>): Promise<void> {
  const external = process.env.DATABASE_ADMIN_URL
  if (external) {
    const passwords = listDatabases().map((name) => [
      name,
      process.env[`${name.toUpperCase()}_DATABASE_PASSWORD`] ?? '',
    ])
    return use({ adminUrl: external, passwords: Object.fromEntries(passwords) })
  }
  const dataDir = process.env.CLASSGRAM_DATA_DIR || '.data'
  const { postgres: password, databases: passwords } = await loadSecrets(dataDir)
  const running = await findOwnedPostmaster(clusterDir(dataDir))
  if (running) {
    const adminUrl = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${running.port}/postgres`
    return use({ adminUrl, passwords })
  }
  const server = await startEmbeddedPostgres({ dataDir, port: 0, password })
  try {
    await use({ adminUrl: server.adminUrl, passwords })
  } finally {
    await server.stop()
  }
}

const [verb = '', ...args] = process.argv.slice(2)
try {
  const command = commands[verb]
  if (!command) throw new StartupError(usage)
  await command(args)
} catch (error) {
  if (!(error instanceof StartupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
