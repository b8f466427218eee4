/**
 * `pnpm auth:rotate-keys [--now]` lets a new key sign access tokens, on the database of DATABASE_URL, while auth runs.
 * Without --now it signs in five minutes, when every gateway has fetched it.
 */
import { parseArgs } from 'node:util'
import { createVault, keyRing } from '@classgram/encryption'
import { jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'
import { runCommand } from '@classgram/server/command'
import { PrismaClient } from '../generated/prisma/client.ts'
import { rotateSigningKeys } from '../sign-in/signing-keys.ts'

const { values } = parseArgs({ options: { now: { type: 'boolean' } } })

const settings = {
  DATABASE_URL: subgraphSettings.DATABASE_URL,
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
}
const load = () => loadSettings(settings, process.env)

process.exitCode = await runCommand('auth', load, async ({ adapter }, given) => {
  const db = new PrismaClient({ adapter })
  const app = { db, vault: createVault(given.ENCRYPTION_KEYS), clock: () => new Date() }
  const rotation = await rotateSigningKeys(app, values.now ? { leadMs: 0 } : {})
  const { kid, isNew, signsFrom, retired, removed } = rotation
  console.log(`${isNew ? 'Made' : 'Already made:'} key ${kid}, which is published.`)
  console.log(`It signs from ${signsFrom.toISOString()}.`)
  for (const key of retired) {
    console.log(
      `Key ${key.kid} signs until then, and verifies until ${key.verifiesUntil.toISOString()}.`,
    )
  }
  for (const gone of removed) console.log(`Removed the private half of ${gone}.`)
  await db.$disconnect()
  return 0
})
