import { StartupError } from '@classgram/errors'
import { checkDatabase } from './check.ts'
import { listDatabases } from './databases.ts'
import { deploy } from './deploy.ts'
import { withClient } from './migrate.ts'
import { newMigration } from './new-migration.ts'
import { type Server, withServer } from './with-server.ts'

/** The `db:` commands, but for db:seed, which is the school's. */
const usage = `Usage:
  db:deploy                 create what is missing: roles, databases, migrations, grants
  db:new <database> <name>  write a migration for what changed in the Prisma schema
  db:check                  compare Prisma schemas, migrations and the databases themselves
  db:reset [--force]        drop all databases and deploy again`

const commands: Record<string, (args: string[]) => Promise<void>> = {
  deploy: () => withServer(process.env, runDeploy),

  async new([database, name]) {
    if (!database || !name) throw new StartupError(usage)
    console.log(`Wrote ${await newMigration(database, name, new Date())}: read it, then db:check.`)
  },

  check: () =>
    withServer(process.env, async ({ adminUrl }) => {
      const faults: string[] = []
      for (const name of listDatabases()) faults.push(...(await check(adminUrl, name)))
      if (faults.length > 0) throw new StartupError(faults.join('\n'))
      console.log('Schemas, migrations, audit triggers and databases agree.')
    }),

  async reset(args) {
    const isForced = args.includes('--force')
    if (process.env.DATABASE_ADMIN_URL && !isForced) {
      throw new StartupError(
        'This would drop the databases of DATABASE_ADMIN_URL: add --force if you mean it.',
      )
    }
    await withServer(process.env, async (server) => {
      if (server.runsFor && !isForced) {
        throw new StartupError(
          `The school is running on these databases (process ${server.runsFor}): stop it first, or add --force.`,
        )
      }
      await withClient(server.adminUrl, async (admin) => {
        for (const name of listDatabases()) {
          await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        }
      })
      await runDeploy(server)
    })
  },
}

/** A migration that fails is one fault among others. */
async function check(adminUrl: string, name: string): Promise<string[]> {
  return checkDatabase(adminUrl, name).catch((error: unknown) => {
    if (error instanceof StartupError) return [`${name}: ${error.message}`]
    throw error
  })
}

async function runDeploy(server: Server): Promise<void> {
  const applied = await deploy(server)
  for (const [database, migrations] of Object.entries(applied)) {
    console.log(`${database}: ${migrations.length > 0 ? migrations.join(', ') : 'up to date'}`)
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
