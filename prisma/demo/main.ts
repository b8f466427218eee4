import { loadSecrets, saveSecrets, startEmbeddedPostgres } from '@classgram/database'
import { createVault, generateEncryptionKey, keyRing, type Vault } from '@classgram/encryption'
import { StartupError } from '@classgram/errors'
import { seedDemo } from './seed.ts'

const missing = ['3D000', '42P01']
const { DATABASE_ADMIN_URL: external, CLASSGRAM_DATA_DIR, ENCRYPTION_KEYS } = process.env

try {
  await (external ? seed(external, givenVault()) : seedEmbedded(CLASSGRAM_DATA_DIR || '.data'))
} catch (error) {
  if (!(error instanceof StartupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

/** Fills the server of the data directory, under the key ring that the school itself uses. */
async function seedEmbedded(dataDir: string): Promise<void> {
  const secrets = await loadSecrets(dataDir)
  if (!ENCRYPTION_KEYS && !secrets.encryption) {
    const keys = { k1: generateEncryptionKey() }
    secrets.encryption = { current: 'k1', keys, hashKey: generateEncryptionKey() }
    await saveSecrets(dataDir, secrets)
  }
  const vault = ENCRYPTION_KEYS ? givenVault() : createVault(keyRing.parse(secrets.encryption))
  const server = await startEmbeddedPostgres({ dataDir, port: 0, password: secrets.postgres })
  try {
    await seed(server.adminUrl, vault)
  } finally {
    await server.stop()
  }
}

async function seed(adminUrl: string, vault: Vault): Promise<void> {
  const seeded = await seedDemo({ adminUrl, vault, now: new Date() }).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && missing.includes(`${error.code}`)
    if (!isMissing) throw error
    throw new StartupError(`There is no school to fill (${error.message}): run db:deploy first.`)
  })
  console.log(seeded.length > 0 ? `Seeded ${seeded.join(', ')}.` : 'Nothing to do: all are in use.')
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
