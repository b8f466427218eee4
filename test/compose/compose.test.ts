import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseEnv } from 'node:util'
import { listDatabases } from '@classgram/database/server'
import { type Env, readSubgraphs } from '@classgram/server'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Block {
  build?: { args: { FOLDER: string } }
  environment?: Record<string, string>
  [key: string]: unknown
}

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
const { services, networks } = parse(text, { merge: true }) as {
  services: Record<string, Block>
  networks: Record<string, unknown>
}
const subgraphs = readSubgraphs().map(({ name }) => name)
const servers = [...subgraphs, 'gateway']

const folder = mkdtempSync(join(tmpdir(), 'classgram-compose-'))
const envFile = join(folder, '.env')
const makeSecrets = () =>
  execFileSync(process.execPath, ['packages/school/src/secrets-cli.ts', envFile], {
    cwd: root,
  }).toString()
makeSecrets()
const secrets = parseEnv(readFileSync(envFile, 'utf8')) as Record<string, string>
afterAll(() => rmSync(folder, { recursive: true }))

/** A block's environment as Compose fills it in. */
function fill(name: string, given: Env): Env {
  const entries = Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [
    key,
    value.replace(/\$\{(\w+):[?-]([^}]*)\}/g, (_, variable, rest) => given[variable] || rest),
  ])
  return Object.fromEntries(entries)
}
const complete = { ...secrets, TOKEN_ISSUER: 'https://school.example' }

async function loadConfig(server: string, env: Env): Promise<Record<string, unknown>> {
  const source = server === 'gateway' ? 'gateway' : join('services', server)
  const module = await import(pathToFileURL(join(root, source, 'src/config.ts')).href)
  return module.loadConfig(env)
}

test('each subgraph has a block and an image of its own folder', () => {
  for (const name of subgraphs) {
    expect(services[name]?.build?.args.FOLDER).toBe(`services/${name}`)
  }
  const others = ['gateway', 'migrate', 'postgres', 'redis']
  expect(Object.keys(services).sort()).toEqual([...subgraphs, ...others].sort())
})

test('the gateway publishes the only port, on this host; everything else is on the inner network', () => {
  for (const [name, block] of Object.entries(services)) {
    if (name === 'gateway') {
      expect(block.ports).toEqual([expect.stringMatching(/:-127\.0\.0\.1:4000\}:4000$/)])
      expect(block.networks).toEqual(['front', 'back'])
    } else {
      expect(block.ports, name).toBeUndefined()
      expect(block.networks, name).toEqual(['back'])
    }
  }
  expect(networks.back).toEqual({ internal: true })
})

test('every container is without privileges and cannot write to its image', () => {
  for (const [name, block] of Object.entries(services)) {
    expect(block, name).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
  }
})

test('nothing starts before what it needs, and only the migrations end by themselves', () => {
  const migrated = { migrate: { condition: 'service_completed_successfully' } }
  for (const name of subgraphs) expect(services[name]?.depends_on, name).toEqual(migrated)
  expect(services.gateway?.depends_on).toEqual({ auth: { condition: 'service_healthy' } })
  expect(services.migrate?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
  for (const [name, { restart }] of Object.entries(services)) {
    expect(restart, name).toBe(name === 'migrate' ? 'no' : 'unless-stopped')
  }
})

test('secrets are required and have no defaults', () => {
  const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''))
  const optional = [
    ...['GATEWAY_ADDRESS', 'LOG_LEVEL', 'TRUSTED_PROXIES'],
    // Without them sign-in from Telegram, or from elsewhere, is not offered.
    ...['TELEGRAM_BOT_TOKEN', 'TELEGRAM_BOT_ID', 'OIDC_PROVIDERS', 'ADMIN_TELEGRAM_IDS'],
    // Without them invitations are no links.
    ...['TELEGRAM_BOT_USERNAME', 'TELEGRAM_MINI_APP_NAME'],
    'SEAT_OFFER_HOURS',
  ]
  expect([...used].filter((name) => !optional.includes(name)).sort()).toEqual(
    Object.keys(secrets).sort(),
  )
  for (const name of Object.keys(secrets)) {
    const uses = [...text.matchAll(new RegExp(`\\$\\{?${name}\\b(.{3})`, 'g'))]
    for (const [use, sign] of uses) expect(sign, use).toMatch(/^:\?\w/)
  }
})

test.each(servers)(
  '%s gets every setting that it requires, and none that it does not know',
  async (name) => {
    const env = fill(name, complete)
    const config = await loadConfig(name, env)
    expect(config).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' })
    expect(config.ENVELOPE_KEY).toMatchObject({ kid: name })
    const given = Object.keys(env).filter((setting) => env[setting] !== '')
    expect(Object.keys(config)).toEqual(expect.arrayContaining(given))
  },
)

test.each(Object.keys(services))('%s gets no secret of others', (name) => {
  const own = name.toUpperCase()
  const all = listDatabases().map((database) => `${database.toUpperCase()}_DATABASE_PASSWORD`)
  const issuer = ['auth', 'gateway'].includes(name) ? ['TOKEN_ISSUER'] : []
  const ring = ['auth', 'students'].includes(name) ? ['ENCRYPTION_KEYS'] : []
  const redis = name === 'auth' ? ['REDIS_PASSWORD'] : []
  const expected: Record<string, string[]> = {
    gateway: ['GATEWAY_ENVELOPE_KEY', ...issuer],
    migrate: [...all, 'POSTGRES_PASSWORD'],
    postgres: [...all, 'POSTGRES_PASSWORD'],
    redis: ['REDIS_PASSWORD'],
  }
  const given = JSON.stringify(services[name])
  expect(
    Object.keys(secrets)
      .filter((secret) => given.includes(`{${secret}:`))
      .sort(),
  ).toEqual(
    (
      expected[name] ?? [
        ...[`${own}_DATABASE_PASSWORD`, `${own}_ENVELOPE_KEY`, 'ENVELOPE_TRUST'],
        ...[...issuer, ...ring, ...redis],
      ]
    ).sort(),
  )
})

test('secrets:new keeps what is there', () => {
  const before = readFileSync(envFile, 'utf8')
  expect(makeSecrets()).toContain('nothing is missing')
  expect(readFileSync(envFile, 'utf8')).toBe(before)
})

const command = [['docker', 'compose'], ['docker-compose']].find(
  ([program = '', ...args]) => spawnSync(program, [...args, 'version']).status === 0,
)
const why = command ? '' : ' (skipped: Docker Compose is not on this machine)'

/** What Compose itself makes of the file and the `.env`. */
function runCompose(overrides: Env) {
  const [program = '', ...args] = [...(command ?? []), '--env-file', envFile, 'config']
  return spawnSync(program, args, {
    cwd: root,
    env: { PATH: process.env.PATH, ...overrides },
    encoding: 'utf8',
  })
}

test.skipIf(!command)(`Compose reads the same values out of .env${why}`, () => {
  const { stderr, stdout } = runCompose({ TOKEN_ISSUER: complete.TOKEN_ISSUER })
  expect(stderr).toBe('')
  const filled = parse(stdout) as { services: Record<string, Block> }
  for (const name of Object.keys(services)) {
    expect(filled.services[name]?.environment ?? {}, name).toEqual(fill(name, complete))
  }
})

test.skipIf(!command)(`Compose says what to do about a missing secret${why}`, () => {
  const { status, stderr } = runCompose({})
  expect(status).not.toBe(0)
  expect(stderr).toContain('set TOKEN_ISSUER to the address of the school')
  const noKey = runCompose({ TOKEN_ISSUER: complete.TOKEN_ISSUER, GROUPS_ENVELOPE_KEY: '' })
  expect(noKey.status).not.toBe(0)
  expect(noKey.stderr).toContain('run pnpm secrets:new')
})
