import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const tanya = 4_294_967_301n
const anna = 1_099_511_627_777n
const input = { name: 'Evening English', language: 'en', level: 'B1', capacity: 6 }

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['teachers', 'students', 'groups', 'calendar'],
    jobs: true,
    env: { groups: { EVENTS_FIRST_RETRY_MS: '50' } },
  })
  await insert(school.database('teachers'), 'teachers', {
    telegram_id: tanya,
    timezone: 'Europe/Moscow',
    status: 'ACTIVE',
  })
  await insert(school.database('teachers'), 'teacher_languages', {
    teacher_telegram_id: tanya,
    language: 'en',
    proficiency: 'NATIVE',
    min_level: 'A1',
    max_level: 'C2',
  })
  await insert(school.database('students'), 'students', { telegram_id: anna })
})
afterAll(() => school.close())

const create = `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id } } }`
const update = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { version } } }`
const add = `mutation ($input: AddGroupMemberInput!) { addGroupMember(input: $input) { member { id } } }`

async function createGroup(name: string): Promise<string> {
  const answer = await school.ask('groups', as.teacher(tanya), create, {
    input: { ...input, name },
  })
  return answer.data?.createGroup.group.id
}
const change = (id: string, fields: object) =>
  school.ask('groups', as.admin(), update, { input: { id, ...fields } })

/** What teachers knows of a group. */
async function known(id: string) {
  const { rows } = await school
    .database('teachers')
    .owner.query('SELECT name, status, source_version AS version FROM groups WHERE id = $1', [id])
  return rows[0]
}
const waiting = async () =>
  (await school.database('groups').owner.query('SELECT FROM outbox_deliveries')).rowCount

test('what happens in groups is known to teachers and students at once', async () => {
  const id = await createGroup('Night English')
  await expect.poll(() => known(id)).toEqual({ name: 'Night English', status: 'DRAFT', version: 1 })
  await change(id, { status: 'OPEN' })
  await expect.poll(() => known(id)).toMatchObject({ status: 'OPEN', version: 2 })

  const member = { groupId: id, studentTelegramId: anna }
  const { data } = await school.ask('groups', as.admin(), add, { input: member })
  const read = `query ($id: TelegramID!) { student(telegramId: $id) { enrollments { status group { id } } } }`
  await expect
    .poll(async () => (await school.ask('students', as.admin(), read, { id: anna })).data)
    .toEqual({ student: { enrollments: [{ status: 'ACTIVE', group: { id } }] } })
  expect(data?.addGroupMember.member.id).toEqual(expect.any(String))
  await expect.poll(waiting).toBe(0)
})

test('whoever changed it there is named in the audit log here, with the request', async () => {
  const id = await createGroup('Whose')
  await expect.poll(() => known(id)).toBeDefined()
  const entry = (service: string) =>
    school
      .database(service)
      .owner.query(`SELECT actor, request_id FROM audit_log WHERE row_id = $1`, [id])
      .then(({ rows }) => rows)
  expect(await entry('teachers')).toEqual(await entry('groups'))
})

test('while a subscriber is away its events wait, in order, and arrive when it is back', async () => {
  const restart = await school.stop('teachers')
  const { rows } = await school
    .database('groups')
    .owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
       INSERT INTO groups (name, language, level, teacher_telegram_id, capacity)
       VALUES ('Later', 'en', 'B1', ${tanya}, 5); COMMIT;
       SELECT id FROM groups WHERE name = 'Later'`,
    )
    .then((results) => (results as unknown as { rows: { id: string }[] }[]).at(-1) ?? { rows: [] })
  const id = rows[0]?.id ?? ''
  for (const name of ['One', 'Two', 'Three']) await change(id, { name })
  await expect
    .poll(
      async () => {
        const first = await school
          .database('groups')
          .owner.query(
            'SELECT attempts, last_error FROM outbox_deliveries ORDER BY sequence LIMIT 1',
          )
        return first.rows[0]
      },
      { timeout: 8_000 },
    )
    .toMatchObject({ last_error: expect.any(String) })
  await restart()
  await expect
    .poll(() => known(id), { timeout: 5_000 })
    .toMatchObject({ name: 'Three', version: 4 })
  await expect.poll(waiting).toBe(0)
})

test('metrics tell what waits, and what was delivered', async () => {
  const text = async (service: string) => (await fetch(`${school.url(service)}/metrics`)).text()
  expect(await text('groups')).toMatch(
    /classgram_events_attempts_total\{subscriber="teachers",outcome="delivered",service="groups"\} [1-9]/,
  )
  expect(await text('teachers')).toMatch(
    /classgram_events_received_total\{source="groups",outcome="taken",service="teachers"\} [1-9]/,
  )
})
