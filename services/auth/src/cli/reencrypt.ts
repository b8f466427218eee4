/**
 * `pnpm auth:reencrypt` moves what auth keeps sealed under the current key of ENCRYPTION_KEYS, on the database of
 * DATABASE_URL, while auth runs. Ends with code 1 while a value is under another key.
 */
import { reencrypt, reportReencryption } from '@classgram/encryption'
import { runCommand } from './command.ts'
import { sealedColumns } from './sealed-columns.ts'

process.exitCode = await runCommand(process.env, async ({ pool }, ring) => {
  const events = reencrypt(pool, ring, sealedColumns)
  return (await reportReencryption('auth', events, console.log)) ? 0 : 1
})
