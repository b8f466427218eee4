import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { createEnvelopeSigner } from '@classgram/viewer'
import type { JWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

const tanya = 4_294_967_301n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'teachers'] })
  await insert(school.database('teachers'), 'teachers', {
    telegram_id: tanya,
    timezone: 'Europe/Moscow',
    status: 'ACTIVE',
  })
})
afterAll(() => school.close())

/** Asks groups in the name of somebody who waits so many milliseconds for the answer. */
async function ask(query: string, patienceMs: number) {
  const sign = await createEnvelopeSigner(school.envelopeKeys.gateway as JWK)
  const response = await fetch(`${school.url('groups')}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-classgram-envelope': await sign({ viewer: as.admin() }, 'groups'),
      'x-classgram-patience': String(patienceMs),
    },
    body: JSON.stringify({ query }),
  })
  return (await response.json()) as { data: object; errors?: { extensions: object }[] }
}

test('a sister is not asked for what comes too late, and is not blamed for it', async () => {
  const input = `{ name: "English", language: "en", level: B1, capacity: 6, teacherTelegramId: "${tanya}" }`
  const create = `mutation { createGroup(input: ${input}) { group { name } } }`
  for (let attempt = 0; attempt < 6; attempt++) {
    const { errors } = await ask(create, 0.01)
    expect(errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'teachers' })
  }
  expect((await ask(create, 5_000)).data).toEqual({ createGroup: { group: { name: 'English' } } })
})

test('a search whose turn comes too late is not run', async () => {
  const search = '{ groups(filter: { search: "nowhere" }) { nodes { name } } }'
  const statements = await school.statements('groups', async () => {
    const { errors } = await ask(search, 0.01)
    expect(errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'groups' })
  })
  expect(statements).toEqual([])
  expect((await ask(search, 5_000)).data).toEqual({ groups: { nodes: [] } })
})
