/**
 * The students' part of `pnpm auth:reencrypt`: moves what students keeps sealed under the current key of
 * ENCRYPTION_KEYS, on the database of DATABASE_URL, while students runs. Ends with code 1 while a value is under
 * another key.
 */
import { type Connection, connect, isUnavailable } from '@classgram/database'
import { keyRing, reencrypt, reportReencryption } from '@classgram/encryption'
import { jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'
import { sealedColumns } from './sealed-columns.ts'

const settings = {
  DATABASE_URL: subgraphSettings.DATABASE_URL,
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
}

process.exitCode = 1
let connection: Connection | undefined
try {
  const { DATABASE_URL, ENCRYPTION_KEYS } = loadSettings(settings, process.env)
  connection = connect(DATABASE_URL, { max: 2, applicationName: 'students-reencrypt' })
  const events = reencrypt(connection.pool, ENCRYPTION_KEYS, sealedColumns)
  if (await reportReencryption('students', events, console.log)) process.exitCode = 0
} catch (error) {
  console.error(lineOf(error))
} finally {
  await connection?.close()
}

/** One line: an error as a whole may show a row. */
function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (['ECONNREFUSED', 'ENOTFOUND'].includes(code) || isUnavailable(error)) {
    return `The database of DATABASE_URL does not answer: is it running? (${code || error.name})`
  }
  if (code === '42P01') return 'The database of DATABASE_URL is not that of students.'
  return error.message
}
