import { join } from 'node:path'
import { holdsRows, loadSecrets, type Secrets, saveSecrets } from '@classgram/database/server'
import { createVault, keyRing, type Vault } from '@classgram/encryption'
import { StartupError } from '@classgram/errors'
import { z } from 'zod'
import { completeSecrets, type SchoolSecrets } from './secrets.ts'

/**
 * The secrets that a school keeps in its data directory, and the vault under their keys. What is missing is made now,
 * and kept.
 *
 * @param adminUrl of the school's own server, because keys for data that is there already cannot be made anew
 * @throws StartupError when they are damaged, or the keys are gone while there is data
 */
export async function ownSecrets(
  dataDir: string,
  adminUrl: string,
): Promise<{ secrets: Secrets & SchoolSecrets; vault: Vault }> {
  const file = join(dataDir, 'secrets.json')
  const found = await loadSecrets(dataDir)
  if (found.encryption === undefined && (await holdsRows(adminUrl))) {
    throw new StartupError(
      `${file} lacks "encryption", the keys that the data is sealed with: restore it, or remove the whole data directory to begin anew.`,
    )
  }
  try {
    const secrets = await completeSecrets(found)
    const vault = createVault(keyRing.parse(secrets.encryption))
    await saveSecrets(dataDir, secrets)
    return { secrets, vault }
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    const wrong = error.issues.map((issue) => issue.path.join('.') || 'encryption')
    throw new StartupError(
      `${file} is damaged (${wrong.join(', ')}): restore it, or remove the whole data directory to begin anew.`,
    )
  }
}
