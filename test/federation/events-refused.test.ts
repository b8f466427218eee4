import { as, startSchool, type TestSchool } from '@classgram/test/kit'
import { createEnvelopeSigner, type Viewer } from '@classgram/viewer'
import type { JWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['teachers'] })
})
afterAll(() => school.close())

const id = '019aa3b4-7c00-7000-8000-000000000001'
const group = '019aa3b4-7c00-7000-8000-000000000002'
const event = {
  specversion: '1.0',
  id,
  source: '/services/groups',
  type: 'groups.group-changed',
  subject: `group/${group}`,
  time: '2026-11-20T18:30:00.000Z',
  datacontenttype: 'application/json',
  schemaversion: 1,
  sequence: '1',
  actor: 'user:9000000001',
  requestid: 'request-1',
  data: {
    id: group,
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    status: 'DRAFT',
    teacherTelegramId: '4294967301',
    createdAt: '2026-11-20T18:30:00.000Z',
    version: 1,
  },
}

/** Signs as who the viewer can be signed for: a service for itself, the gateway for people. */
async function envelope(viewer: Viewer, signer?: string, audience = 'teachers'): Promise<string> {
  const caller = signer ?? (viewer.kind === 'service' ? viewer.name : 'gateway')
  const sign = await createEnvelopeSigner(school.envelopeKeys[caller] as JWK)
  return sign({ viewer }, audience)
}

async function post(
  body: unknown,
  sealed: string | undefined,
  contentType = 'application/cloudevents+json; charset=utf-8',
) {
  const answer = await fetch(`${school.url('teachers')}/events`, {
    method: 'POST',
    headers: {
      'content-type': contentType,
      ...(sealed && { 'x-classgram-envelope': sealed }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.text() }
}
const written = async () => {
  const { rows } = await school
    .database('teachers')
    .owner.query(`SELECT (SELECT count(*) FROM groups) + (SELECT count(*) FROM inbox_events) AS n`)
  return Number(rows[0].n)
}

test.each<[string, number, () => Promise<string | undefined>]>([
  ['nobody', 401, async () => undefined],
  ['somebody with a made-up envelope', 401, async () => 'eyJhbGciOiJub25lIn0.e30.'],
  ['groups, for another ear', 401, () => envelope(as.service('groups'), 'groups', 'students')],
  ['calendar in the name of groups', 401, () => envelope(as.service('groups'), 'calendar')],
  ['calendar', 403, () => envelope(as.service('calendar'))],
  ['auth', 403, () => envelope(as.service('auth'))],
  ['an administrator', 403, () => envelope(as.admin())],
  ['a program', 403, () => envelope(as.machine('groups:read'))],
  ['a visitor', 403, () => envelope({ kind: 'anonymous' })],
])('what groups alone may tell, told by %s, is refused', async (_, status, seal) => {
  expect(await post(event, await seal())).toMatchObject({ status })
  expect(await written()).toBe(0)
})

const { specversion: _, ...versionless } = event
const { id: __, ...nameless } = event
const { actor: ___, ...authorless } = event

test.each<[string, unknown, string?]>([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['nothing', ''],
  ['of no version of CloudEvents', versionless],
  ['of another version of CloudEvents', { ...event, specversion: '0.3' }],
  ['without an id', nameless],
  ['without an author', authorless],
  ['with an id that is none', { ...event, id: 'first' }],
  ['from somewhere else', { ...event, source: 'https://example.org/groups' }],
  ['of an instant that is none', { ...event, time: 'yesterday' }],
  ['of a schema version that is none', { ...event, schemaversion: 0 }],
  ['a batch', [event], 'application/cloudevents-batch+json'],
  ['plain JSON', event, 'application/json'],
  ['text', event, 'text/plain'],
])('a message that is %s is refused', async (_, body, contentType) => {
  const { status } = await post(body, await envelope(as.service('groups')), contentType)
  expect([400, 415]).toContain(status)
  expect(await written()).toBe(0)
})

test.each<[string, object, string]>([
  ['of a type that is not known', { type: 'groups.unheard-of' }, 'does not subscribe'],
  ['of a newer version', { schemaversion: 2 }, 'newer than this service'],
  ['that does not fit', { data: { ...event.data, level: 'Z9' } }, 'does not fit: level'],
])(
  'an event %s is refused with the reason, for the log of who told it',
  async (_, change, reason) => {
    const answer = await post({ ...event, ...change }, await envelope(as.service('groups')))
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining(reason) })
    expect(await written()).toBe(0)
  },
)

test('of an event in the name of another service nothing is taken', async () => {
  const forged = { ...event, type: 'auth.user-changed' }
  expect(await post(forged, await envelope(as.service('groups')))).toMatchObject({ status: 403 })
  expect(await written()).toBe(0)
})

test('a good one is taken once, however often it comes', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 4 }, async () => post(event, await envelope(as.service('groups')))),
  )
  expect(statuses.map(({ status }) => status)).toEqual([204, 204, 204, 204])
  expect(await written()).toBe(2)
  const { rows } = await school
    .database('teachers')
    .owner.query(`SELECT actor, request_id FROM audit_log WHERE row_id = $1`, [group])
  expect(rows).toEqual([{ actor: 'user:9000000001', request_id: expect.any(String) }])
})
