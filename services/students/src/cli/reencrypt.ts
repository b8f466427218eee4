/**
 * The students' part of `pnpm auth:reencrypt`: moves what students keeps sealed under the current key of
 * ENCRYPTION_KEYS, on the database of DATABASE_URL, while students runs. Ends with code 1 while a value is under
 * another key.
 */
import { keyRing, reencrypt, reportReencryption } from '@classgram/encryption'
import { jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'
import { runCommand } from '@classgram/server/command'
import { sealedColumns } from './sealed-columns.ts'

const settings = {
  DATABASE_URL: subgraphSettings.DATABASE_URL,
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
}
const load = () => loadSettings(settings, process.env)

process.exitCode = await runCommand('students', load, async ({ pool }, given) => {
  const events = reencrypt(pool, given.ENCRYPTION_KEYS, sealedColumns)
  return (await reportReencryption('students', events, console.log)) ? 0 : 1
})
