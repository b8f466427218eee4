import { parseArgs } from 'node:util'
import { StartupError } from '@classgram/errors'
import { type Env, type RunningServer, readSubgraphs, run } from '@classgram/server'
import { loadConfig } from './config.ts'
import { signInDemoUsers, writeDemoFile } from './demo-file.ts'
import { startSchool } from './start-school.ts'

// Nothing about this school is anybody else's business.
process.env.APOLLO_TELEMETRY_DISABLED = '1'

/** Well within the 15 minutes that an access token holds. */
const refreshMs = 10 * 60 * 1000

const announcement: string[] = []
await run(async (env: Env): Promise<RunningServer> => {
  const values = readOptions()
  const config = loadConfig(env)
  const school = await startSchool(config, env, values)
  const gateway = `${school.url}/graphql`
  if (values.without?.includes('auth')) {
    announcement.push(`Classgram is running without auth: ${gateway}`)
    return school
  }
  const refreshDemoFile = async () => {
    const users = await signInDemoUsers(gateway)
    await writeDemoFile(config.CLASSGRAM_DATA_DIR, { gateway, users })
    return users
  }
  const users = await refreshDemoFile().catch(async (error: unknown) => {
    await school.stop()
    throw error
  })
  const refresh = setInterval(
    () => refreshDemoFile().catch((error) => console.error('demo.json is not refreshed:', error)),
    refreshMs,
  )

  const addresses = [
    ['Sandbox', school.url],
    ['GraphQL', gateway],
    ['REST', `${school.url}/api/user/profile/${users[2]?.telegramId}`],
    ...readSubgraphs().map(({ name, port }) => [
      name,
      `http://localhost:${config.GATEWAY_PORT + port}/graphql`,
    ]),
  ]
  announcement.push(
    '\nClassgram is running. Ctrl-C stops it.\n',
    ...addresses.map(([name, address]) => `  ${name?.padEnd(13)} ${address}`),
    '\nSend one of these as "Authorization: Bearer <token>". They hold for 15 minutes;',
    `fresh ones are always in ${config.CLASSGRAM_DATA_DIR}/demo.json.\n`,
    ...users.map(
      ({ role, telegramId, accessToken }) =>
        `  ${role.padEnd(8)} ${telegramId.padEnd(14)} ${accessToken}`,
    ),
  )
  return {
    ...school,
    stop() {
      clearInterval(refresh)
      return school.stop()
    },
  }
}, process.env)
// Not before: only from now on does a signal stop it in order.
console.log(announcement.join('\n'))

function readOptions(): { without?: string[] } {
  try {
    return parseArgs({ options: { without: { type: 'string', multiple: true } } }).values
  } catch (error) {
    // Of Node's message the first sentence says what is wrong; the rest is about commands of another kind.
    const [fault] = error instanceof Error ? error.message.split('. ') : []
    throw new StartupError(`${fault}: the one option is --without <subgraph>.`)
  }
}
