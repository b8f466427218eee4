import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findGatewayPort } from '@classgram/test/kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askProfiles, readDemo } from './demo-school.ts'
import { type Run, runSchool } from './processes.ts'

let dataDir: string
let port: number
let running: Run | undefined
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-operator-'))
  port = await findGatewayPort()
})

/** The data of a school that ran once and was stopped: most stories begin with a copy of it. */
let filled: string
beforeAll(async () => {
  filled = await mkdtemp(join(tmpdir(), 'classgram-filled-'))
  const school = runSchool(filled, await findGatewayPort())
  await school.printed('Classgram is running')
  expect(await school.end('SIGTERM')).toBe(0)
})
afterAll(() => rm(filled, { recursive: true, force: true }))

/** With owners and rights, which Postgres looks at. */
const copyFilled = () => promisify(execFile)('cp', ['-a', `${filled}/.`, dataDir])

afterEach(async () => {
  await running?.end('SIGKILL')
  running = undefined
  await endPostgres()
  await rm(dataDir, { recursive: true, force: true })
})

/** A killed school leaves its Postgres behind until the next start on the same data. */
async function endPostgres(): Promise<void> {
  const lock = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(lock, 10)
  if (pid > 0) process.kill(pid, 'SIGQUIT')
}

const isUp = (path = '/readyz') =>
  fetch(`http://127.0.0.1:${port}${path}`).then(
    (response) => response.ok,
    () => false,
  )

test('after a power cut the school starts again, and what was answered is still there', async () => {
  await copyFilled()
  running = runSchool(dataDir, port)
  await running.printed('Classgram is running')
  const { gateway, users } = await readDemo(dataDir)
  const student = users[2]
  const ask = async (query: string, variables: object, token = student?.accessToken) => {
    const response = await fetch(gateway, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    return response.json()
  }
  await ask(
    'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { timezone } } }',
    {
      input: { telegramId: student?.telegramId, timezone: 'Pacific/Chatham' },
    },
  )
  await running.end('SIGKILL')

  running = runSchool(dataDir, port)
  await running.printed('Classgram is running')
  expect(await ask('{ me { timezone } }', {})).toEqual({
    data: { me: { timezone: 'Pacific/Chatham' } },
  })
  expect(await askProfiles(await readDemo(dataDir))).toMatchObject([{}, {}, { hasLessons: true }])
}, 90_000)

test('on SIGTERM requests under way are answered, then it ends in order', async () => {
  await copyFilled()
  running = runSchool(dataDir, port)
  await running.printed('Classgram is running')
  const demo = await readDemo(dataDir)
  const underWay = Array.from({ length: 20 }, () => askProfiles(demo))
  await Promise.race(underWay)
  const ended = running.end('SIGTERM')
  for (const profiles of await Promise.all(underWay)) {
    expect(profiles[2]).toMatchObject({ role: 'STUDENT', hasLessons: true })
  }
  expect(await ended).toBe(0)
  expect(await isUp()).toBe(false)
  expect(await readdir(join(dataDir, 'postgres'))).not.toContain('postmaster.pid')
}, 90_000)

test('should Postgres end, the school says so and ends, for a supervisor to start it again', async () => {
  await copyFilled()
  running = runSchool(dataDir, port)
  await running.printed('Classgram is running')
  await endPostgres()
  expect(await running.exited).toBe(1)
  expect(running.output()).toContain('Postgres has ended')
}, 60_000)

test('of two first starts on one data directory one is turned away, and the other stays whole', async () => {
  const both = [runSchool(dataDir, port), runSchool(dataDir, port)]
  try {
    const loser = await Promise.race(both.map((run) => run.exited.then(() => run)))
    expect(await loser.exited).toBe(1)
    expect(loser.output().trim().split('\n')).toHaveLength(1)
    const winner = both.find((run) => run !== loser)
    await winner?.printed('Classgram is running')
    await winner?.end('SIGTERM')
  } finally {
    for (const run of both) await run.end('SIGKILL')
  }
  running = runSchool(dataDir, port)
  await running.printed('Classgram is running')
  expect(await askProfiles(await readDemo(dataDir))).toMatchObject([{}, {}, { hasLessons: true }])
}, 90_000)

describe('what keeps it from starting is said in one line, with exit code 1', () => {
  const refusal = async () => {
    running = runSchool(dataDir, port)
    const code = await running.exited
    return { code, lines: running.output().trim().split('\n') }
  }

  test.each([
    ['the gateway', 0],
    ['a subgraph', 4],
    ['Postgres', 10],
  ])(
    'the port of %s is taken',
    async (_, offset) => {
      const other = createServer().listen(port + offset, '127.0.0.1')
      await once(other, 'listening')
      try {
        const { code, lines } = await refusal()
        expect(lines).toEqual([
          expect.stringMatching(new RegExp(`^Port ${port + offset}\\b.*set GATEWAY_PORT`)),
        ])
        expect(code).toBe(1)
        // Of the servers' ports it hears before anything is made for them.
        if (offset < 10) expect(await readdir(dataDir)).not.toContain('postgres')
      } finally {
        other.close()
      }
    },
    60_000,
  )

  test('the data directory is corrupt', async () => {
    await mkdir(join(dataDir, 'postgres'))
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), 'nonsense')
    const { code, lines } = await refusal()
    expect(lines).toEqual([expect.stringContaining(dataDir)])
    expect(code).toBe(1)
  }, 60_000)

  test('the secrets are damaged', async () => {
    await writeFile(join(dataDir, 'secrets.json'), '{')
    const { code, lines } = await refusal()
    expect(lines).toEqual([expect.stringContaining('secrets.json is damaged')])
    expect(code).toBe(1)
  })

  test('the keys of the encryption are damaged', async () => {
    const secrets = { postgres: 'p', databases: {}, encryption: { current: 'k1' } }
    await writeFile(join(dataDir, 'secrets.json'), JSON.stringify(secrets))
    const { code, lines } = await refusal()
    expect(lines).toEqual([expect.stringMatching(/secrets\.json is damaged \(encryption\..*\)/)])
    expect(code).toBe(1)
  }, 60_000)

  test('the data directory is a file', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    running = runSchool(file, port)
    expect(await running.exited).toBe(1)
    expect(running.output()).toMatch(
      /^The data directory .*: move what is in the way, or set .*\n$/,
    )
  })

  test.each(['demo.json', 'env/gateway.env'])(
    '%s is a folder',
    async (name) => {
      await copyFilled()
      await rm(join(dataDir, name))
      await mkdir(join(dataDir, name), { recursive: true })
      const { code, lines } = await refusal()
      expect(lines).toEqual([expect.stringMatching(/EISDIR.*: move what is in the way, or set/)])
      expect(code).toBe(1)
      expect(await readdir(join(dataDir, 'postgres'))).not.toContain('postmaster.pid')
    },
    60_000,
  )

  test('an option is unknown', async () => {
    running = runSchool(dataDir, port, ['--witout', 'groups'])
    expect(await running.exited).toBe(1)
    expect(running.output()).toBe(
      "Unknown option '--witout': the one option is --without <subgraph>.\n",
    )
  })

  test('a subgraph is named that there is not', async () => {
    running = runSchool(dataDir, port, ['--without', 'grups'])
    expect(await running.exited).toBe(1)
    expect(running.output()).toMatch(/^There is no subgraph grups: there are auth, /)
  })

  test('a setting is wrong', async () => {
    port = 80
    const { code, lines } = await refusal()
    expect(lines).toEqual([expect.stringContaining('GATEWAY_PORT')])
    expect(code).toBe(1)
  })
})
