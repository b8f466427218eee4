import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, createClient, knows } from './test-client.ts'
import { startProvider, type TestProvider } from './test-provider.ts'

const anna = 4_294_967_301n
const boris = 4_294_967_302n
const vera = 4_294_967_303n

let local: TestProvider
let school: TestSchool
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  local = await startProvider()
  school = await startSchool({
    services: ['auth'],
    env: { auth: { RATE_LIMITS: 'on', ...knows({ local }) } },
  })
  client = createClient(school)
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris' },
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera' },
  )
  await insert(
    school.database('auth'),
    'identities',
    { user_telegram_id: anna, provider: 'local', subject: 'anna' },
    { user_telegram_id: vera, provider: 'local', subject: 'vera' },
  )
})
afterAll(async () => {
  await school?.close()
  await local?.stop()
})

const token = (subject: string) => local.vouchFor(subject)

async function times(count: number, act: () => Promise<Parameters<typeof codeOf>[0]>) {
  const codes = Array.from({ length: count }, async () => codeOf(await act()))
  return Map.groupBy(await Promise.all(codes), (code) => code)
}

test('who guesses the codes of a person does not keep them from their account elsewhere', async () => {
  const guess = () =>
    school.ask(
      'auth',
      as.anonymous,
      'mutation ($input: SignInWithCodeInput!) { signInWithCode(input: $input) { accessToken } }',
      { input: { telegramId: vera, code: 'WRONGONE' } },
    )
  expect((await times(12, guess)).get('RATE_LIMITED')).toHaveLength(2)
  expect(codeOf(await client.signIn(await token('vera')))).toBeUndefined()
})

test('a person signs in ten times in five minutes, and links as often; others go on', async () => {
  const signIns = await times(12, async () => client.signIn(await token('anna')))
  expect(signIns.get(undefined)).toHaveLength(10)
  expect(signIns.get('RATE_LIMITED')).toHaveLength(2)
  const links = await times(12, async () => client.link(as.student(boris), await token('boris')))
  expect(links.get(undefined)).toHaveLength(10)
  expect(links.get('RATE_LIMITED')).toHaveLength(2)
  expect(codeOf(await client.signIn(await token('boris')))).toBeUndefined()
})

test('one address tries 60 times a minute', async () => {
  // 26 of the 60 went into the stories before.
  const tries = await times(60, () => client.signIn({ idToken: 'nonsense', nonce: 'x' }))
  expect(tries.get('UNAUTHENTICATED')).toHaveLength(34)
  expect(tries.get('RATE_LIMITED')).toHaveLength(26)
})
