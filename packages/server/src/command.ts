import { type Connection, connect, isUnavailable } from '@classgram/database'

/**
 * Runs an operator's command on the database of one service. What goes wrong becomes one line: an
 * error as a whole may show a row.
 *
 * @param service whose database DATABASE_URL should be
 * @param load reads the command's settings, and throws a StartupError when one is missing or wrong
 * @returns the process's exit code: what `act` gives, 1 when it fails
 */
export async function runCommand<Settings extends { DATABASE_URL: string }>(
  service: string,
  load: () => Settings,
  act: (connection: Connection, settings: Settings) => Promise<number>,
): Promise<number> {
  let connection: Connection | undefined
  try {
    const settings = load()
    connection = connect(settings.DATABASE_URL, { max: 2, applicationName: `${service}-command` })
    return await act(connection, settings)
  } catch (error) {
    console.error(lineOf(error, service))
    return 1
  } finally {
    await connection?.close()
  }
}

function lineOf(error: unknown, service: string): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (['ECONNREFUSED', 'ENOTFOUND'].includes(code) || isUnavailable(error)) {
    return `The database of DATABASE_URL does not answer: is it running? (${code || error.name})`
  }
  if (code === '42P01') return `The database of DATABASE_URL is not that of ${service}.`
  return error.message
}
