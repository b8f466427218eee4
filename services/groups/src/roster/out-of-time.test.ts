import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { createEnvelopeSigner } from '@classgram/viewer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administrator, holdGroup, importText, newId, roster, teacher, told } from './fixture.ts'

/** What is waited for an answer unless something else is said. */
const patienceMs = 10_000

/** How far the clock is ahead, and from how many groups made on. */
const ahead = { ms: 0, fromGroups: 0 }
let made = 0
/** How many waits for locks were made shorter. */
let limited = 0

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['auth', 'teachers', 'students', 'groups'],
    overrides: {
      clock: () => new Date(Date.now() + (made >= ahead.fromGroups ? ahead.ms : 0)),
      onStatement: (sql) => {
        if (/^INSERT INTO "public"."groups"/.test(sql)) made += 1
        if (/set_config\('lock_timeout'/.test(sql)) limited += 1
      },
    },
  })
  const person = { telegram_id: teacher, role: 'TEACHER', first_name: 'Tanya' }
  await insert(school.database('auth'), 'users', person)
  const profile = { telegram_id: teacher, timezone: 'UTC', status: 'ACTIVE' }
  await insert(school.database('teachers'), 'teachers', profile)
})
afterAll(() => school.close())

test('when time runs out the answer tells which groups were not begun, and the same file does them', async () => {
  const lines = Array.from(
    { length: 30 },
    (_, n) => `Late ${n % 10},${teacher},en,B1,5,RUNNING,${newId()},A,,,,,`,
  )
  const text = roster(...lines)
  const members = async () => {
    const { rows } = await school.database('groups').owner.query(
      `SELECT g.name, count(m.id)::int AS members
       FROM groups g JOIN group_members m ON m.group_id = g.id GROUP BY g.id`,
    )
    return rows
  }
  Object.assign(ahead, { ms: patienceMs - 1_000, fromGroups: 3 })
  const first = await importText(school, text)
  const begun = await members()
  expect(begun.length).toBeGreaterThanOrEqual(3)
  expect(begun.length).toBeLessThan(10)
  expect(begun.every((group) => group.members === 3)).toBe(true)
  const names = new Set(begun.map(({ name }) => name))
  expect(told(first)).toEqual(
    lines.map((line, index) =>
      names.has(line.split(',')[0]) ? `${index + 2} CREATED` : `${index + 2} REFUSED OUT_OF_TIME`,
    ),
  )
  ahead.ms = 0
  const second = await importText(school, text)
  expect(told(second)).toEqual(
    told(first).map((line) =>
      line.endsWith('OUT_OF_TIME')
        ? line.replace('REFUSED OUT_OF_TIME', 'CREATED')
        : line.replace('CREATED', 'UNCHANGED'),
    ),
  )
  expect(await members()).toHaveLength(10)
})

test('somebody else who changes a group for long does not take the time of the report', async () => {
  const lines = ['Quick', 'Quick too', 'Busy'].map(
    (name) => `${name},${teacher},en,B1,5,RUNNING,,,,,,,`,
  )
  Object.assign(ahead, { ms: patienceMs - 2_500, fromGroups: made + 1 })
  const held = await holdGroup(school, 'Busy')
  expect(limited).toBe(0)
  try {
    const [, , busy] = told(await importText(school, roster(...lines)))
    expect(busy).toMatch(/^4 REFUSED (GROUP_BUSY|OUT_OF_TIME)$/)
    // On a machine that is busy, too, it may not even have been begun.
    expect(limited > 0 || busy?.endsWith('OUT_OF_TIME')).toBe(true)
  } finally {
    await held.letGo()
  }
})

test('who waits longer says so, and gets more', async () => {
  const lines = [1, 2, 3, 4, 5, 6].map((n) => `Patient ${n},${teacher},en,B1,5,RUNNING,,,,,,,`)
  Object.assign(ahead, { ms: patienceMs, fromGroups: made + 1 })
  const sign = await createEnvelopeSigner(school.envelopeKeys.gateway ?? {})
  const response = await fetch(`${school.url('groups')}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-classgram-patience': '60000',
      'x-classgram-envelope': await sign({ viewer: as.admin(administrator) }, 'groups'),
    },
    body: JSON.stringify({
      query: 'mutation ($input: ImportRosterInput!) { importRoster(input: $input) { created } }',
      variables: { input: { text: roster(...lines), isDryRun: false } },
    }),
  })
  expect(await response.json()).toEqual({ data: { importRoster: { created: 6 } } })
})
