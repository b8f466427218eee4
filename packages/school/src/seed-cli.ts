/**
 * `pnpm db:seed` fills databases that are not in use yet with the demo school, whether or not the school is running:
 * on the server of DATABASE_ADMIN_URL under the key ring ENCRYPTION_KEYS, or on the embedded one under its own.
 */
import { type Server, withServer } from '@classgram/database/server'
import { createVault, keyRing, type Vault } from '@classgram/encryption'
import { StartupError } from '@classgram/errors'
import { seedDemo } from '@classgram/prisma/demo'
import { ownSecrets } from './own-secrets.ts'

const { ENCRYPTION_KEYS } = process.env
const notDeployed = ['3D000', '42P01']

try {
  const seeded = await withServer(process.env, seed)
  console.log(seeded.length > 0 ? `Seeded ${seeded.join(', ')}.` : 'Nothing to do: all are in use.')
} catch (error) {
  if (!(error instanceof StartupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function seed({ adminUrl, dataDir }: Server): Promise<string[]> {
  // Under the keys that the school itself uses, made now if it never ran.
  const isGiven = ENCRYPTION_KEYS || !dataDir
  const vault = isGiven ? givenVault() : (await ownSecrets(dataDir, adminUrl)).vault
  return seedDemo({ adminUrl, vault, now: new Date() }).catch((error: unknown) => {
    const isDeployed = !(
      error instanceof Error &&
      'code' in error &&
      notDeployed.includes(String(error.code))
    )
    if (isDeployed) throw error
    throw new StartupError(`There is no school to fill (${error.message}): run db:deploy first.`)
  })
}

function givenVault(): Vault {
  try {
    return createVault(keyRing.parse(JSON.parse(ENCRYPTION_KEYS ?? '')))
  } catch {
    throw new StartupError(
      'ENCRYPTION_KEYS must be the key ring of the services: {"current": …, "keys": {…}, "hashKey": …}.',
    )
  }
}
