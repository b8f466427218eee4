import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createLimits, type Limits } from './limits.ts'

const open: Limits[] = []
let redis: ChildProcess | undefined
afterEach(() => {
  for (const limits of open.splice(0)) limits.close()
  redis?.kill()
})

function limitsOn(redisUrl?: string): Limits {
  const limits = createLimits(redisUrl)
  open.push(limits)
  return limits
}

/** @returns how many of the attempts were let through, and what the refused were told */
async function attempt(all: Limits[], times: number, person = '4294967301') {
  const results = await Promise.allSettled(
    Array.from({ length: times }, (_, index) =>
      all[index % all.length]?.count('codeAsPerson', person),
    ),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  return {
    allowed: times - refused.length,
    told: new Set(refused.map(({ reason }) => reason.extensions.code)),
  }
}

test('ten attempts as one person, then a refusal that says when to come back', async () => {
  const limits = limitsOn()
  expect(await attempt([limits], 25)).toEqual({ allowed: 10, told: new Set(['RATE_LIMITED']) })
  await expect(limits.count('codeAsPerson', '4294967301')).rejects.toMatchObject({
    extensions: { code: 'RATE_LIMITED', retryAfter: expect.toSatisfy((s) => s > 0 && s <= 300) },
  })
  await limits.count('codeAsPerson', 'another person')
  await limits.count('codeForPerson', '4294967301')
})

const skip = !process.env.CLASSGRAM_REQUIRE_REDIS && !(await hasRedis())
describe.skipIf(skip)('with Redis (skipped where there is no redis-server)', () => {
  test('replicas count together, and each goes on by itself when Redis is gone', async () => {
    const { url, stop } = await startRedis()
    const replicas = [limitsOn(url), limitsOn(url)]
    // Each counts for itself until it is connected.
    let person = 0
    await expect
      .poll(async () => (await attempt(replicas, 30, `person ${person++}`)).allowed)
      .toBe(10)
    await stop()
    expect(await attempt([replicas[0] as Limits], 30)).toEqual({
      allowed: 10,
      told: new Set(['RATE_LIMITED']),
    })
  })
})

async function hasRedis(): Promise<boolean> {
  const probe = spawn('redis-server', ['--version'], { stdio: 'ignore' })
  return new Promise((resolve) => {
    probe.on('error', () => resolve(false)).on('close', (code) => resolve(code === 0))
  })
}

async function startRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  const server = spawn('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
  ])
  redis = server
  await new Promise<void>((resolve) => {
    server.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept') && resolve())
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      server.kill()
      await once(server, 'close')
    },
  }
}
