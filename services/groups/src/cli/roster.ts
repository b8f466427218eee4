/**
 * `pnpm school import` and `pnpm school export`: groups with their members from a CSV file and into one, with the
 * settings of groups, while the school runs. Ends with code 1 when a line was refused.
 */
import { randomUUID } from 'node:crypto'
import { StartupError } from '@classgram/errors'
import { createLogger } from '@classgram/server'
import { runCommand } from '@classgram/server/command'
import { createSisters } from '@classgram/server/subgraph'
import { GraphQLError } from 'graphql'
import { loadConfig } from '../config.ts'
import { createApp } from '../context.ts'
import { parseCommand } from './command.ts'
import { exportFile } from './export-file.ts'
import { importFile } from './import-file.ts'

const load = () => {
  const command = parseCommand(process.argv.slice(2))
  return { ...loadConfig(process.env), command }
}

process.exitCode = await runCommand('groups', load, async (connection, settings) => {
  const { command } = settings
  const sisters = await createSisters('groups', settings, createLogger('groups', 'silent'))
  const { app, createContext } = createApp(settings, { connection, clock: () => new Date() })
  const requestId = randomUUID()
  const ctx = createContext({
    viewer: { kind: 'service', name: 'groups' },
    actor: 'system:roster',
    requestId,
    ask: sisters.askFor({ requestId }),
  })
  try {
    return command.verb === 'import'
      ? await importFile(ctx, command)
      : await exportFile(ctx, command)
  } catch (error) {
    if (error instanceof GraphQLError && error.extensions.code === 'SERVICE_UNAVAILABLE') {
      const { service } = error.extensions
      throw new StartupError(`The ${service} service does not answer: the school must be running.`)
    }
    throw error
  } finally {
    await sisters.close()
    await app.db.$disconnect()
  }
})
