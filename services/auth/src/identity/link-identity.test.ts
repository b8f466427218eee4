import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { arrange, codeOf, createClient, identityRows, knows } from './test-client.ts'
import { startProvider, type TestProvider } from './test-provider.ts'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const gone = 4_294_967_302n
const vera = 9_000_000_001n
const crowd = Array.from({ length: 50 }, (_, index) => 5_000_000_000n + BigInt(index))

let local: TestProvider
let school: TestSchool
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  local = await startProvider()
  school = await startSchool({ services: ['auth'], env: { auth: knows({ local, other: local }) } })
  client = createClient(school)
  const users = [
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna', erased_at: null },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris', erased_at: null },
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera', erased_at: null },
    { telegram_id: gone, role: 'STUDENT', first_name: 'Gone', erased_at: '2026-01-01T00:00:00Z' },
    ...crowd.map((telegram_id) => ({
      telegram_id,
      role: 'STUDENT',
      first_name: 'One',
      erased_at: null,
    })),
  ]
  await insert(school.database('auth'), 'users', ...users)
})
afterAll(async () => {
  await school?.close()
  await local?.stop()
})
beforeEach(() => arrange(school, 'DELETE FROM identities; DELETE FROM sessions'))

const token = (subject: string) => local.vouchFor(subject)

describe('linking', () => {
  test('lets a person sign in from then on, and is theirs to see', async () => {
    const before = await token('anna')
    expect(codeOf(await client.signIn(before))).toBe('IDENTITY_NOT_LINKED')
    const linked = await client.link(as.student(anna), await local.signIn('anna'))
    const { identity } = linked.data.linkIdentity
    expect(identity).toMatchObject({ provider: 'local', subject: 'anna', lastUsedAt: null })
    expect(codeOf(await client.signIn(await local.signIn('anna')))).toBeUndefined()
    const seen = await client.identities(as.student(anna), anna)
    expect(seen.data.user.identities).toEqual([{ ...identity, lastUsedAt: expect.any(String) }])
    expect((await client.identities(as.admin(), anna)).data.user.identities).toHaveLength(1)
    expect(codeOf(await client.identities(as.service('groups'), anna))).toBe('FORBIDDEN')
    expect(codeOf(await client.identities(as.machine('people:read'), anna))).toBe('FORBIDDEN')
    const { rows } = await school
      .database('auth')
      .owner.query(
        `SELECT actor, person_telegram_id FROM audit_log WHERE row_id = $1 AND action = 'INSERT'`,
        [identity.id],
      )
    expect(rows).toEqual([{ actor: `user:${anna}`, person_telegram_id: String(anna) }])
  })

  test('again changes nothing, with the same token or another', async () => {
    const first = await token('anna')
    const linked = await client.link(as.student(anna), first)
    for (const again of [first, await token('anna')]) {
      const answer = await client.link(as.student(anna), again)
      expect(answer.data.linkIdentity).toEqual(linked.data.linkIdentity)
    }
    expect(await identityRows(school)).toHaveLength(1)
  })

  test('what is somebody else’s is refused', async () => {
    await client.link(as.student(anna), await token('anna'))
    expect(codeOf(await client.link(as.student(boris), await token('anna')))).toBe('IDENTITY_TAKEN')
    expect(await identityRows(school)).toMatchObject([{ user_telegram_id: String(anna) }])
  })

  test('one subject by 50 people at once gives it to one of them', async () => {
    const tokens = await Promise.all(crowd.map(() => token('wanted')))
    const answers = await Promise.all(
      crowd.map((person, index) =>
        client.link(as.student(person), tokens[index] ?? { idToken: '', nonce: '' }),
      ),
    )
    const codes = answers.map(codeOf)
    expect(codes.filter((code) => code === undefined)).toHaveLength(1)
    expect(codes.filter((code) => code === 'IDENTITY_TAKEN')).toHaveLength(49)
    const winner = crowd[codes.indexOf(undefined)]
    expect(await identityRows(school)).toMatchObject([{ user_telegram_id: String(winner) }])
  })

  test('one subject 20 times at once by one person links it once', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => token('anna')))
    const answers = await Promise.all(tokens.map((one) => client.link(as.student(anna), one)))
    expect(new Set(answers.map(codeOf))).toEqual(new Set([undefined]))
    expect(await identityRows(school)).toHaveLength(1)
  })

  test('the same subject of another provider is another account', async () => {
    await client.add(as.admin(), anna, 'same')
    expect(codeOf(await client.add(as.admin(), boris, 'same', 'other'))).toBeUndefined()
    expect(codeOf(await client.add(as.admin(), boris, 'SAME'))).toBeUndefined()
    expect(await identityRows(school)).toHaveLength(3)
  })

  test('uses the token up: it signs in nobody, and links nothing after it was unlinked', async () => {
    const used = await token('anna')
    const { data } = await client.link(as.student(anna), used)
    expect(codeOf(await client.signIn(used))).toBe('UNAUTHENTICATED')
    await client.unlink(as.student(anna), data.linkIdentity.identity.id)
    expect(codeOf(await client.link(as.student(boris), used))).toBe('UNAUTHENTICATED')
    expect(await identityRows(school)).toEqual([])
  })

  test('more than 20 accounts to a person is refused, also at once', async () => {
    const subjects = Array.from({ length: 30 }, (_, index) => `anna-${index}`)
    const answers = await Promise.all(
      subjects.map(async (subject) => client.link(as.student(anna), await token(subject))),
    )
    const codes = Map.groupBy(answers, codeOf)
    expect(codes.get(undefined)).toHaveLength(20)
    expect(codes.get('TOO_MANY_IDENTITIES')).toHaveLength(10)
    expect(await identityRows(school)).toHaveLength(20)
  })

  test('is for people who are signed in and may still be', async () => {
    const one = await token('anna')
    expect(codeOf(await client.link(as.anonymous, one))).toBe('UNAUTHENTICATED')
    expect(codeOf(await client.link(as.machine('people:read'), one))).toBe('FORBIDDEN')
    expect(codeOf(await client.link(as.service('groups'), one))).toBe('FORBIDDEN')
    expect(codeOf(await client.link(as.student(gone), one))).toBe('FORBIDDEN')
    expect(codeOf(await client.link(as.student(77n), one))).toBe('FORBIDDEN')
    expect(codeOf(await client.link(as.student(anna), one, 'google'))).toBe('SIGN_IN_NOT_OFFERED')
    expect(await identityRows(school)).toEqual([])
  })
})

describe('an administrator', () => {
  test('links an account to somebody who is known, once', async () => {
    const added = await client.add(as.admin(), anna, 'anna')
    expect(added.data.addIdentity.identity).toMatchObject({ provider: 'local', subject: 'anna' })
    expect((await client.add(as.admin(), anna, 'anna')).data).toEqual(added.data)
    expect(codeOf(await client.signIn(await local.signIn('anna')))).toBeUndefined()
    const { rows } = await school
      .database('auth')
      .owner.query(`SELECT DISTINCT actor FROM audit_log WHERE row_id = $1 AND action = 'INSERT'`, [
        added.data.addIdentity.identity.id,
      ])
    expect(rows).toEqual([{ actor: `user:${vera}` }])
  })

  test.each<[string, bigint, string, string, string]>([
    ['somebody unknown', 77n, 'x', 'local', 'NOT_FOUND'],
    ['somebody who was erased', gone, 'x', 'local', 'USER_ERASED'],
    ['an account that is taken', boris, 'anna', 'local', 'IDENTITY_TAKEN'],
    ['a provider that nobody knows', boris, 'x', 'google', 'SIGN_IN_NOT_OFFERED'],
    ['an empty subject', boris, '', 'local', 'BAD_USER_INPUT'],
    ['a subject with a space before', boris, ' x', 'local', 'BAD_USER_INPUT'],
    ['a subject that is too long', boris, 'x'.repeat(256), 'local', 'BAD_USER_INPUT'],
    ['a subject of other letters', boris, 'Анна', 'local', 'BAD_USER_INPUT'],
  ])('is refused %s', async (_, person, subject, provider, code) => {
    await client.add(as.admin(), anna, 'anna')
    expect(codeOf(await client.add(as.admin(), person, subject, provider))).toBe(code)
    expect(await identityRows(school)).toHaveLength(1)
  })

  test('is one now, not only by the token', async () => {
    expect(codeOf(await client.add(as.admin(anna), boris, 'x'))).toBe('FORBIDDEN')
    expect(codeOf(await client.add(as.student(anna), anna, 'x'))).toBe('FORBIDDEN')
    expect(await identityRows(school)).toEqual([])
  })
})

describe('unlinking', () => {
  async function linked(person: bigint, subject: string): Promise<string> {
    const { data } = await client.add(as.admin(), person, subject)
    return data.addIdentity.identity.id
  }
  const live = async (person: bigint) => {
    const query = 'query ($id: TelegramID!) { user(telegramId: $id) { sessions { id method } } }'
    const { data } = await school.ask('auth', as.admin(), query, { id: person })
    return data.user.sessions
  }

  test('ends the sessions that any provider opened, and no other', async () => {
    const id = await linked(anna, 'anna')
    await linked(boris, 'boris')
    for (const subject of ['anna', 'anna', 'boris']) await client.signIn(await token(subject))
    await arrange(
      school,
      `INSERT INTO sessions (user_telegram_id, method, expires_at)
       VALUES (${anna}, 'LOGIN_CODE', now() + interval '1 day')`,
    )
    const answer = await client.unlink(as.student(anna), id)
    expect(answer.data.unlinkIdentity).toMatchObject({ identity: { id }, endedSessions: 2 })
    expect(await live(anna)).toMatchObject([{ method: 'LOGIN_CODE' }])
    expect(await live(boris)).toHaveLength(1)
    expect(codeOf(await client.signIn(await token('anna')))).toBe('IDENTITY_NOT_LINKED')
    expect(codeOf(await client.link(as.student(boris), await token('anna')))).toBeUndefined()
  })

  test('other people’s is refused, whether there is such an account or not', async () => {
    const id = await linked(anna, 'anna')
    const nothing = '01930f5e-7b1a-7cc2-8d6f-1f2a3b4c5d6e'
    for (const one of [id, nothing]) {
      expect(codeOf(await client.unlink(as.student(boris), one))).toBe('FORBIDDEN')
    }
    expect(codeOf(await client.unlink(as.admin(boris), id))).toBe('FORBIDDEN')
    expect(codeOf(await client.unlink(as.admin(), nothing))).toBe('NOT_FOUND')
    expect(await identityRows(school)).toHaveLength(1)
    expect(codeOf(await client.unlink(as.admin(), id))).toBeUndefined()
    expect(await identityRows(school)).toEqual([])
  })

  test('while it signs in leaves no session of it', async () => {
    for (const round of [1, 2, 3, 4, 5]) {
      const id = await linked(anna, `anna-${round}`)
      const tokens = await Promise.all([1, 2, 3, 4].map(() => token(`anna-${round}`)))
      const [unlinked, ...signIns] = await Promise.all([
        client.unlink(as.student(anna), id),
        ...tokens.map((one) => client.signIn(one)),
      ])
      expect(codeOf(unlinked ?? {})).toBeUndefined()
      const codes = new Set(signIns.map(codeOf))
      codes.delete(undefined)
      codes.delete('IDENTITY_NOT_LINKED')
      expect([...codes]).toEqual([])
      expect(await live(anna)).toEqual([])
    }
  })
})

test('the accounts of many people cost one statement', async () => {
  for (const person of crowd.slice(0, 5)) await client.add(as.admin(), person, `of-${person}`)
  const all = '{ users(first: 100) { nodes { identities { subject } } } }'
  let answer = {}
  const statements = await school.statements('auth', async () => {
    answer = await school.ask('auth', as.admin(), all)
  })
  expect(statements).toHaveLength(2)
  expect(JSON.stringify(answer).match(/of-\d+/g)).toHaveLength(5)
})
