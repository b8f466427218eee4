import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, knowsToken } from '../telegram/test-telegram.ts'
import { createClient } from './test-client.ts'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const vera = 9_000_000_001n

let school: TestSchool
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  school = await startSchool({ services: ['auth'], env: { auth: knowsToken } })
  client = createClient(school)
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris' },
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera' },
  )
})
afterAll(() => school.close())

const one = `mutation ($input: SignOutInput!) { signOut(input: $input) { session { id } } }`
const all = `mutation ($input: SignOutEverywhereInput!) { signOutEverywhere(input: $input) { endedSessions } }`
const nowhere = '01930000-0000-7000-8000-000000000000'

test('signing out ends one session and leaves the others; twice does no harm', async () => {
  const [gone, stays] = [await client.signIn(boris), await client.signIn(boris)]
  const input = { sessionId: gone.session.id }
  for (const _ of [1, 2]) {
    const answer = await school.ask('auth', as.student(boris), one, { input })
    expect(answer.data?.signOut.session.id).toBe(gone.session.id)
  }
  expect((await client.refresh(gone.refreshToken)).code).toBe('UNAUTHENTICATED')
  expect((await client.refresh(stays.refreshToken)).code).toBeUndefined()
})

test('signing out is not for other people’s sessions, whether there are such or not', async () => {
  const { session, refreshToken } = await client.signIn(boris)
  for (const sessionId of [session.id, nowhere]) {
    const answer = await school.ask('auth', as.student(anna), one, { input: { sessionId } })
    expect(codeOf(answer)).toBe('FORBIDDEN')
  }
  for (const telegramId of [boris, 77n]) {
    const answer = await school.ask('auth', as.student(anna), all, { input: { telegramId } })
    expect(codeOf(answer)).toBe('FORBIDDEN')
  }
  expect(codeOf(await school.ask('auth', as.anonymous, all, { input: {} }))).toBe('UNAUTHENTICATED')
  expect((await client.refresh(refreshToken)).code).toBeUndefined()
})

test('signing out is done by administrators, too, as long as they are that', async () => {
  const { session, refreshToken } = await client.signIn(boris)
  const dismissed = as.admin(anna)
  const input = { sessionId: session.id }
  expect(codeOf(await school.ask('auth', dismissed, one, { input }))).toBe('FORBIDDEN')
  const everywhere = { input: { telegramId: boris } }
  expect(codeOf(await school.ask('auth', dismissed, all, everywhere))).toBe('FORBIDDEN')
  expect((await school.ask('auth', as.admin(), one, { input })).errors).toBeUndefined()
  expect((await client.refresh(refreshToken)).code).toBe('UNAUTHENTICATED')
  const missing = await school.ask('auth', as.admin(), one, { input: { sessionId: nowhere } })
  expect(codeOf(missing)).toBe('NOT_FOUND')
  const nobody = await school.ask('auth', as.admin(), all, { input: { telegramId: 77n } })
  expect(codeOf(nobody)).toBe('NOT_FOUND')
})

test('signing out everywhere ends every session of the person, and nobody else’s', async () => {
  const [first, second, others] = [
    await client.signIn(boris),
    await client.signIn(boris),
    await client.signIn(anna),
  ]
  const before = await client.liveIds(boris)
  const answer = await school.ask('auth', as.student(boris), all, { input: {} })
  expect(answer.data?.signOutEverywhere.endedSessions).toBe(before.length)
  expect(await client.liveIds(boris)).toEqual([])
  for (const { refreshToken } of [first, second]) {
    expect((await client.refresh(refreshToken)).code).toBe('UNAUTHENTICATED')
  }
  expect((await client.refresh(others.refreshToken)).code).toBeUndefined()
})

test('who signs out writes nothing more with that token, and goes on in other sessions', async () => {
  const [gone, stays] = [await client.signIn(anna), await client.signIn(anna)]
  const standing = (sessionId: string) =>
    school.ask('auth', as.student(anna, sessionId), '{ standing { role } }')
  await school.ask('auth', as.student(anna), one, { input: { sessionId: gone.session.id } })
  expect((await standing(gone.session.id)).data).toEqual({ standing: null })
  expect((await standing(stays.session.id)).data).toEqual({ standing: { role: 'STUDENT' } })
})

test('a session knows whether it is the one that asks', async () => {
  const { session } = await client.signIn(anna)
  const answer = await school.ask(
    'auth',
    as.student(anna, session.id),
    '{ me { sessions { id isCurrent } } }',
  )
  const sessions: { id: string; isCurrent: boolean }[] = answer.data?.me.sessions
  expect(sessions.filter(({ isCurrent }) => isCurrent)).toEqual([
    { id: session.id, isCurrent: true },
  ])
  expect(sessions.length).toBeGreaterThan(1)
})
