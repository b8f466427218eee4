/**
 * `pnpm auth:reencrypt` moves what auth keeps sealed under the current key of ENCRYPTION_KEYS, on the database of
 * DATABASE_URL, while auth runs. Ends with code 1 while a value is under another key.
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

process.exitCode = await runCommand('auth', load, async ({ pool }, given) => {
  const events = reencrypt(pool, given.ENCRYPTION_KEYS, sealedColumns)
  return (await reportReencryption('auth', events, console.log)) ? 0 : 1
})
