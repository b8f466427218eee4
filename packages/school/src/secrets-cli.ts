/**
 * `pnpm secrets:new [file]` writes the secrets that docker-compose.yml asks for into `.env`, or another file. What is
 * there stays: a second run adds what is missing, and never loses a key that data is sealed with. To replace an
 * envelope key, remove its line first.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { isDeepStrictEqual, parseEnv } from 'node:util'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { completeSecrets } from './secrets.ts'

const file = process.argv[2] ?? '.env'
const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return ''
  throw error
})
const found = parseEnv(text) as Record<string, string>
const changed = Object.entries(await completeSettings()).filter(([name, value]) => {
  if (name === 'TOKEN_ISSUER') return found[name] === undefined
  if (name !== 'ENVELOPE_TRUST') return !found[name]
  return !isDeepStrictEqual(foundJson(name), JSON.parse(value))
})
const names = changed.map(([name]) => name)
if (changed.length > 0) {
  const kept = text.split('\n').filter((line) => !names.includes(line.split('=')[0] ?? ''))
  const lines = [
    ...(kept.at(-1) === '' ? kept.slice(0, -1) : kept),
    ...changed.map(([name, value]) => (value ? `${name}='${value}'` : `${name}=`)),
  ]
  await writeFile(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
}
console.log(`${file}: ${names.length > 0 ? `wrote ${names.join(', ')}` : 'nothing is missing'}.`)
if (!found.TOKEN_ISSUER) console.log('Now fill in TOKEN_ISSUER, the address of the school.')

/** What docker-compose.yml asks for: as found, the rest made anew. */
async function completeSettings(): Promise<Record<string, string>> {
  const subgraphs = readSubgraphs().map(({ name }) => name)
  const processes = ['gateway', ...subgraphs]
  const known = processes.flatMap((name) => {
    const privateJwk = foundJson(envelopeKey(name))
    if (!privateJwk) return []
    const { d: _, ...publicJwk } = privateJwk
    return [[name, { privateJwk, publicJwk }]]
  })
  const { envelopes, encryption } = await completeSecrets({
    envelopes: Object.fromEntries(known),
    encryption: foundJson('ENCRYPTION_KEYS'),
  })
  const keys = processes.map((name) => envelopes[name])
  return {
    TOKEN_ISSUER: '',
    POSTGRES_PASSWORD: newPassword(),
    REDIS_PASSWORD: newPassword(),
    ...Object.fromEntries(subgraphs.map((name) => [databasePassword(name), newPassword()])),
    ...Object.fromEntries(
      processes.map((name) => [envelopeKey(name), JSON.stringify(envelopes[name]?.privateJwk)]),
    ),
    ENVELOPE_TRUST: JSON.stringify({ keys: keys.map((pair) => pair?.publicJwk) }),
    ENCRYPTION_KEYS: JSON.stringify(encryption),
  }
}

function foundJson(name: string): Record<string, unknown> | undefined {
  const value = found[name]
  if (!value) return undefined
  try {
    return JSON.parse(value) as Record<string, unknown>
  } catch {
    console.error(`${name} in ${file} is not JSON: restore it, or remove its line.`)
    process.exit(1)
  }
}

function envelopeKey(name: string): string {
  return `${name.toUpperCase()}_ENVELOPE_KEY`
}

function databasePassword(name: string): string {
  return `${name.toUpperCase()}_DATABASE_PASSWORD`
}

/** Of characters that need no escaping in an address. */
function newPassword(): string {
  return randomBytes(24).toString('base64url')
}
