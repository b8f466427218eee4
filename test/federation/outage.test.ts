import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const { people, fillEveningEnglish } = eveningEnglish
const services = readSubgraphs().map((subgraph) => subgraph.name)
const profile = readFileSync(
  join(import.meta.dirname, '../../clients/operations/profile.graphql'),
  'utf8',
)

let school: TestSchool
let token: string
beforeAll(async () => {
  school = await startSchool({ services, gateway: true })
  await fillEveningEnglish(school)
  token = await school.signIn(people.admin)
})
afterAll(() => school.close())

const ask = () =>
  school.query(token, profile, {
    telegramId: people.anna,
    from: '2026-03-01T00:00:00Z',
    to: '2026-04-01T00:00:00Z',
  })

/** For each service: the part of the profile that is lost with it. */
const lost: Record<string, (user: Record<string, unknown>) => unknown> = {
  teachers: (user) => user.teacher,
  students: (user) => user.student,
  groups: (user) => user.groups,
  calendar: (user) => user.lessons,
  notification: (user) => user.notifications,
}

test.each(Object.keys(lost))(
  'without %s its part is missing, and the rest arrives',
  async (name) => {
    const whole = await ask()
    const restart = await school.stop(name)
    try {
      const { data, errors } = await ask()
      expect(lost[name]?.(data.user)).toBeNull()
      for (const other of Object.keys(lost).filter((service) => service !== name)) {
        expect(lost[other]?.(data.user) === null).toBe(lost[other]?.(whole.data.user) === null)
      }
      expect(data.user.firstName).toBe('Анна')
      expect(errors?.length).toBeGreaterThan(0)
      for (const error of errors ?? []) {
        expect(error.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: name })
      }
    } finally {
      await restart()
    }
    expect(await ask()).toEqual(whole)
  },
)

test('without auth nobody can be looked up, but a token already known still opens the rest', async () => {
  const restart = await school.stop('auth')
  try {
    const { data, errors } = await school.query(token, '{ groups(first: 1) { nodes { name } } }')
    expect(errors).toBeUndefined()
    expect(data.groups.nodes).toEqual([{ name: 'Evening English' }])
    const person = await ask()
    expect(person.data).toEqual({ user: null })
    expect(person.errors?.[0].extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'auth' })
  } finally {
    await restart()
  }
})
