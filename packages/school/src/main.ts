import { parseArgs } from 'node:util'
import { type Env, type RunningServer, readSubgraphs, run } from '@classgram/server'
import { loadConfig } from './config.ts'
import { signInDemoUsers, writeDemoFile } from './demo-file.ts'
import { startSchool } from './start-school.ts'

// Nothing about this school is anybody else's business.
process.env.APOLLO_TELEMETRY_DISABLED = '1'

/** Well within the 15 minutes that an access token holds. */
const refreshMs = 10 * 60 * 1000

const { values } = parseArgs({ options: { without: { type: 'string', multiple: true } } })

await run(async (env: Env): Promise<RunningServer> => {
  const config = loadConfig(env)
  const school = await startSchool(config, values)
  const gateway = `${school.url}/graphql`
  if (values.without?.includes('auth')) {
    console.log(`Classgram is running without auth: ${gateway}`)
    return school
  }
  const refreshDemoFile = async () => {
    const users = await signInDemoUsers(gateway)
    await writeDemoFile(config.CLASSGRAM_DATA_DIR, { gateway, users })
    return users
  }
  const users = await refreshDemoFile()
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
  console.log('\nClassgram is running. Ctrl-C stops it.\n')
  for (const [name, address] of addresses) console.log(`  ${name?.padEnd(13)} ${address}`)
  console.log('\nSend one of these as "Authorization: Bearer <token>". They hold for 15 minutes;')
  console.log(`fresh ones are always in ${config.CLASSGRAM_DATA_DIR}/demo.json.\n`)
  for (const { role, telegramId, accessToken } of users) {
    console.log(`  ${role.padEnd(8)} ${telegramId.padEnd(14)} ${accessToken}`)
  }
  return {
    ...school,
    stop() {
      clearInterval(refresh)
      return school.stop()
    },
  }
}, process.env)
