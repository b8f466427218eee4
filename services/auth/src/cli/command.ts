import { type Connection, connect, isUnavailable } from '@classgram/database'
import { type KeyRing, keyRing } from '@classgram/encryption'
import { type Env, jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'

const settings = {
  DATABASE_URL: subgraphSettings.DATABASE_URL,
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
}

/**
 * Runs an operator's command on auth's database. What goes wrong becomes one line: an error as a whole may show a row.
 *
 * @returns the process's exit code: what `act` gives, 1 when it fails
 */
export async function runCommand(
  env: Env,
  act: (connection: Connection, ring: KeyRing) => Promise<number>,
): Promise<number> {
  let connection: Connection | undefined
  try {
    const { DATABASE_URL, ENCRYPTION_KEYS } = loadSettings(settings, env)
    connection = connect(DATABASE_URL, { max: 2, applicationName: 'auth-command' })
    return await act(connection, ENCRYPTION_KEYS)
  } catch (error) {
    console.error(lineOf(error))
    return 1
  } finally {
    await connection?.close()
  }
}

function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (['ECONNREFUSED', 'ENOTFOUND'].includes(code) || isUnavailable(error)) {
    return `The database of DATABASE_URL does not answer: is it running? (${code || error.name})`
  }
  if (code === '42P01') return 'The database of DATABASE_URL is not that of auth.'
  return error.message
}
