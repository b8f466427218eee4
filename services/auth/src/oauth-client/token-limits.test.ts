import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProgram, type TokenAnswer } from './test-program.ts'

let school: TestSchool
let program: ReturnType<typeof createProgram>
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    gateway: true,
    env: {
      auth: { RATE_LIMITS: 'on' },
      // As if each request came through the school's own proxy, from the address that it says.
      gateway: { TRUSTED_PROXIES: '127.0.0.1' },
    },
  })
  program = createProgram(school)
  await insert(school.database('auth'), 'users', {
    telegram_id: 9_000_000_001n,
    role: 'ADMIN',
    first_name: 'Vera',
  })
})
afterAll(() => school.close())

const askFrom = (address: string, client_id: string, client_secret: string) =>
  program.post(
    { grant_type: 'client_credentials', client_id, client_secret },
    { headers: { 'x-forwarded-for': address } },
  )

const byStatus = async (asked: Promise<TokenAnswer>[]) => {
  const answers = Map.groupBy(await Promise.all(asked), ({ status }) => status)
  return Object.fromEntries([...answers].map(([status, group]) => [status, group.length]))
}

test('an address asks 60 times a minute, then is told when to come back', async () => {
  const tries = Array.from({ length: 80 }, (_, index) =>
    askFrom('203.0.113.1', `guess-${index}`, 'wrong'),
  )
  expect(await byStatus(tries)).toEqual({ 401: 60, 429: 20 })
  const { status, headers, body } = await askFrom('203.0.113.1', 'guess', 'wrong')
  expect(status).toBe(429)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toEqual({
    error: 'temporarily_unavailable',
    error_description: expect.stringMatching(/^Too many attempts: try again in \d+ seconds\.$/),
  })
})

test('all addresses of one IPv6 network are one', async () => {
  const tries = Array.from({ length: 70 }, (_, index) =>
    askFrom(`2001:db8:1:2::${index}`, 'guess', 'wrong'),
  )
  expect(await byStatus(tries)).toEqual({ 401: 60, 429: 10 })
  expect((await askFrom('2001:db8:1:3::1', 'guess', 'wrong')).status).toBe(401)
})

test('who guesses at a program from everywhere does not shut it out', async () => {
  const secret = await program.register('crm', ['groups:read'])
  const tries = Array.from({ length: 100 }, (_, index) =>
    askFrom(`203.0.114.${index}`, 'crm', 'wrong'),
  )
  expect(await byStatus(tries)).toEqual({ 401: 100 })
  expect((await askFrom('203.0.115.1', 'crm', secret)).status).toBe(200)
})

test('a program gets 60 tokens a minute, from wherever it asks; others go on', async () => {
  const secret = await program.register('greedy', ['groups:read'])
  const tries = Array.from({ length: 80 }, (_, index) =>
    askFrom(`203.0.116.${index}`, 'greedy', secret),
  )
  expect(await byStatus(tries)).toEqual({ 200: 60, 429: 20 })
  const other = await program.register('modest', ['groups:read'])
  expect((await askFrom('203.0.116.1', 'modest', other)).status).toBe(200)
})
