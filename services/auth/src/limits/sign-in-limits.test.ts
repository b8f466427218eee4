import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const anna = 4_294_967_301n
const boris = 4_294_967_302n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    gateway: true,
    env: { auth: { RATE_LIMITS: 'on' } },
  })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris' },
  )
})
afterAll(() => school.close())

const signIn = `mutation ($input: SignInWithCodeInput!) { signInWithCode(input: $input) { accessToken } }`
const makeCode = `mutation ($input: CreateLoginCodeInput!) { createLoginCode(input: $input) { code } }`
const guess = (telegramId: bigint) =>
  school.query(null, signIn, { input: { telegramId, code: 'WRONGONE' } })
const codes = async (answers: Promise<{ errors?: { extensions: { code: string } }[] }>[]) => {
  const all = await Promise.all(answers)
  return Map.groupBy(all, (answer) => answer.errors?.[0]?.extensions.code)
}

test('who guesses codes is told to wait, from whatever address they say they come', async () => {
  const tries = await codes(Array.from({ length: 30 }, () => guess(anna)))
  expect(tries.get('UNAUTHENTICATED')).toHaveLength(10)
  expect(tries.get('RATE_LIMITED')?.[0]?.errors?.[0]?.extensions).toEqual({
    code: 'RATE_LIMITED',
    retryAfter: expect.toSatisfy((seconds) => seconds > 0 && seconds <= 300),
  })
})

test('one address signs in 60 times a minute; a forged x-forwarded-for is no other address', async () => {
  const from = (address: string, telegramId: bigint) =>
    fetch(school.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({
        query: signIn,
        variables: { input: { telegramId: String(telegramId), code: 'WRONGONE' } },
      }),
    }).then(
      async (answer) => (await answer.json()) as { errors: { extensions: { code: string } }[] },
    )
  const tries = await codes(
    Array.from({ length: 80 }, (_, index) => from(`203.0.113.${index}`, boris + BigInt(index))),
  )
  // 30 of the 60 went into the story before.
  expect(tries.get('UNAUTHENTICATED')).toHaveLength(30)
  expect(tries.get('RATE_LIMITED')).toHaveLength(50)
})

test('the bot makes five codes for a person in ten minutes, and the sixth must wait', async () => {
  const tries = await codes(
    Array.from({ length: 8 }, () =>
      school.ask('auth', as.service('notification'), makeCode, { input: { telegramId: anna } }),
    ),
  )
  expect(tries.get(undefined)).toHaveLength(5)
  expect(tries.get('RATE_LIMITED')).toHaveLength(3)
})
