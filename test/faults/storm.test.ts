import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fault, faults } from './faulty-proxy.ts'
import { createDice } from './random.ts'
import { type Database, type FaultySchool, processes, startFaultySchool } from './school.ts'

/** A few in the ordinary run; `pnpm test:faults` takes 5,000. */
const atLeast = Number(process.env.FAULT_EVENTS ?? 300)
/** `SEED=…` repeats what a run did, as far as processes let themselves be repeated. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const isLong = atLeast > 1_000
const clients = 6
const groupCount = isLong ? 40 : 10
const tanya = 4_294_967_301n
const students = [1_099_511_627_777n, 1_099_511_627_778n]
const victims = [...processes, 'postgres'] as const

const dice = createDice(seed)
const befallen = new Map<Fault, number>()
let isStormy = false

function nextFault(): Fault | undefined {
  if (!isStormy || !dice.isLucky(0.25)) return undefined
  const fault = dice.pick(faults)
  befallen.set(fault, (befallen.get(fault) ?? 0) + 1)
  return fault
}

let school: FaultySchool
beforeAll(async () => {
  console.log(`at least ${atLeast} events, SEED=${seed}`)
  school = await startFaultySchool(nextFault)
  await Promise.all(processes.map((name) => school.start(name)))
  const asTest = `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);`
  await school.query(
    'teachers',
    `${asTest} INSERT INTO teachers (telegram_id, timezone, status) VALUES (${tanya}, 'Europe/Moscow', 'ACTIVE'); COMMIT`,
  )
  await school.query(
    'students',
    `${asTest} INSERT INTO students (telegram_id) VALUES (${students.join('), (')}); COMMIT`,
  )
  await school.query('teachers', countEffects('groups'))
  await school.query('students', countEffects('group_enrollments'))
})
afterAll(() => school?.close())

/** An effect that shows each time it is had, even where it changes no row. */
function countEffects(table: string): string {
  return `
    CREATE TABLE effects (had_at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION count_effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      INSERT INTO public.effects DEFAULT VALUES;
      RETURN NULL;
    END $$;
    CREATE TRIGGER count_effect AFTER INSERT ON ${table} FOR EACH STATEMENT
      EXECUTE FUNCTION count_effect()`
}
const effects = async (database: Database) =>
  (await school.query<{ count: number }>(database, 'SELECT count(*)::int FROM effects'))[0]?.count

const create = `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id } } }`
const add = `mutation ($input: AddGroupMemberInput!) { addGroupMember(input: $input) { member { id } } }`
const change = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { version } } }`
const move = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status } } }`

interface Subject {
  id: string
  members: string[]
}

async function createSubject(name: string): Promise<Subject> {
  const group = { name, language: 'en', level: 'B1', capacity: 6, teacherTelegramId: String(tanya) }
  const { createGroup } = await school.ask('groups', create, { input: group })
  const { id } = createGroup.group
  await school.ask('groups', change, { input: { id, status: 'OPEN' } })
  const members: string[] = []
  for (const student of students) {
    const input = { groupId: id, studentTelegramId: String(student) }
    members.push((await school.ask('groups', add, { input })).addGroupMember.member.id)
  }
  return { id, members }
}

/** Versions of groups that somebody was told of: none of them may be lost. */
const acknowledged = new Map<string, number>()
let changes = 0
let unanswered = 0

/** Changes groups and stays, one after the other, as clients do. */
async function work(subjects: Subject[]): Promise<void> {
  while (changes < atLeast) {
    const { id, members } = dice.pick(subjects)
    const server = dice.pick(['groups', 'groups too'] as const)
    try {
      if (dice.isLucky(0.6)) {
        const name = `Evening ${dice.between(1, 1_000_000)}`
        const { updateGroup } = await school.ask(server, change, { input: { id, name } })
        const { version } = updateGroup.group
        acknowledged.set(id, Math.max(version, acknowledged.get(id) ?? 0))
        // Each of these is an event; a state that a stay is in already is none.
        changes++
      } else {
        const status = dice.pick(['ACTIVE', 'PAUSED'])
        await school.ask(server, move, { input: { id: dice.pick(members), status } })
      }
    } catch {
      unanswered++
      await wait(50)
    }
  }
}

const deaths = new Map<string, number>()

/** Kills one after the other, each at least once, while there is work, and starts it again. */
async function rage(isOver: () => boolean): Promise<void> {
  const turns = victims.toSorted(() => dice.next() - 0.5) as (typeof victims)[number][]
  while (turns.length > 0 || !isOver()) {
    await wait(dice.between(50, isLong ? 600 : 300))
    const victim = turns.pop() ?? dice.pick(victims)
    deaths.set(victim, (deaths.get(victim) ?? 0) + 1)
    if (victim === 'postgres') {
      await school.restartPostgres()
      continue
    }
    await school.kill(victim)
    await wait(dice.between(0, 300))
    await school.start(victim)
  }
}

/** What calendar is to be told does not count: it is away all the while. */
const waiting = async () => {
  const [row] = await school.query<{ count: number }>(
    'groups',
    `SELECT count(*)::int FROM outbox_deliveries WHERE subscriber IN ('teachers', 'students')`,
  )
  return row?.count
}

/** Versions in the order in which a consumer came to know them, by row. */
async function known(database: Database, table: string): Promise<Record<string, number[]>> {
  const rows = await school.query<{ row_id: string; versions: number[] }>(
    database,
    `SELECT row_id, array_agg((after->>'source_version')::int ORDER BY created_at, id) AS versions
     FROM audit_log WHERE table_name = '${table}' GROUP BY row_id`,
  )
  return Object.fromEntries(rows.map(({ row_id, versions }) => [row_id, versions]))
}

const ids = async (database: Database, sql: string) =>
  (await school.query<{ id: string }>(database, sql)).map(({ id }) => id).toSorted()

test(
  'whoever dies, and whatever befalls messages: nothing is lost, doubled or out of order',
  async () => {
    const startedAt = performance.now()
    const subjects = await Promise.all(
      Array.from({ length: groupCount }, (_, n) => createSubject(`Group ${n}`)),
    )
    isStormy = true
    const working = Promise.all(Array.from({ length: clients }, () => work(subjects)))
    let isOver = false
    await Promise.all([
      working.finally(() => {
        isOver = true
      }),
      rage(() => isOver),
    ])
    const backlog = await waiting()
    isStormy = false
    await expect.poll(waiting, { timeout: 90_000, interval: 100 }).toBe(0)

    const groups = await school.query('groups', 'SELECT id, name, version FROM groups ORDER BY id')
    const stays = await school.query(
      'groups',
      'SELECT id, status, version FROM group_members ORDER BY id',
    )
    expect(
      await school.query(
        'teachers',
        'SELECT id, name, source_version AS version FROM groups ORDER BY id',
      ),
    ).toEqual(groups)
    expect(
      await school.query(
        'students',
        'SELECT id, status, source_version AS version FROM group_enrollments ORDER BY id',
      ),
    ).toEqual(stays)

    // Each version had its effect, once, after the one before it.
    const everyVersion = (rows: unknown[]) =>
      Object.fromEntries(
        (rows as { id: string; version: number }[]).map(({ id, version }) => [
          id,
          Array.from({ length: version }, (_, index) => index + 1),
        ]),
      )
    expect(await known('teachers', 'groups')).toEqual(everyVersion(groups))
    expect(await known('students', 'group_enrollments')).toEqual(everyVersion(stays))

    const toldOf = (type: string) =>
      ids('groups', `SELECT id FROM outbox_events WHERE type = 'groups.${type}'`)
    const inbox = 'SELECT event_id AS id FROM inbox_events'
    const told = [await toldOf('group-changed'), await toldOf('membership-changed')]
    expect([await ids('teachers', inbox), await ids('students', inbox)]).toEqual(told)
    expect(told.flat().length).toBeGreaterThanOrEqual(atLeast)
    expect([await effects('teachers'), await effects('students')]).toEqual(
      told.map((events) => events.length),
    )

    const versions = new Map(
      (groups as { id: string; version: number }[]).map(({ id, version }) => [id, version]),
    )
    for (const [id, version] of acknowledged) {
      expect(versions.get(id)).toBeGreaterThanOrEqual(version)
    }
    console.log(
      `SEED=${seed}: ${told.flat().length} events in ${Math.round((performance.now() - startedAt) / 1000)} s,`,
      `${changes} changes of groups acknowledged, ${unanswered} not, ${backlog} waited when the storm was over;`,
      `killed ${list(deaths)}; faults ${list(befallen)}; 0 lost, 0 doubled, in order`,
    )
  },
  20 * 60_000,
)

function list(counts: Map<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
}
