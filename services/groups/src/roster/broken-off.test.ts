import type { TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  groupOf,
  holdGroup,
  importText,
  newId,
  roster,
  startWithTeachers,
  teacher,
  told,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithTeachers()
})
afterAll(() => school.close())

const owner = (service: string) => school.database(service).owner

function groupsOf(size: number, name: string, count: number) {
  const people = Array.from({ length: size * count }, newId)
  const lines = people.map(
    (id, index) => `${name} ${index % count},${teacher},en,B1,${size},RUNNING,${id},A,,,,,`,
  )
  return { people, text: roster(...lines) }
}

test('two imports of one file at once make nothing twice', async () => {
  const { text } = groupsOf(3, 'Race', 20)
  const answers = await Promise.all([importText(school, text), importText(school, text)])
  expect(answers.flatMap(told).join()).not.toMatch(/REFUSED|SKIPPED/)
  const { rows } = await owner('groups').query(
    `SELECT g.name, count(*)::int AS members FROM groups g JOIN group_members m ON m.group_id = g.id
     WHERE name LIKE 'Race %' GROUP BY g.id, g.name`,
  )
  expect(rows).toHaveLength(20)
  expect(rows.every(({ members }) => members === 3)).toBe(true)
  expect(told(await importText(school, text)).every((line) => line.endsWith('UNCHANGED'))).toBe(
    true,
  )
})

test('a group that another made meanwhile is judged as it is by then', async () => {
  const people = Array.from({ length: 3 }, newId)
  const line = (id: bigint | undefined) => `Small,${teacher},en,B1,2,RUNNING,${id},A,,,,,`
  const both = [roster(line(people[0]), line(people[1])), roster(line(people[2]))]
  const answers = await Promise.all(both.map((text) => importText(school, text)))
  const group = await groupOf(school, 'Small')
  const refused = answers.flatMap(told).filter((one) => one.includes('GROUP_FULL'))
  // Whoever came second was refused as a whole.
  expect([group?.members?.length, refused.length]).toEqual(
    group?.members?.length === 2 ? [2, 1] : [1, 1],
  )
})

test('a sister that fails in the middle leaves no group, and repeating the import does the rest', async () => {
  const { people, text } = groupsOf(6, 'Broken', 90)
  // The last of the second portion of people.
  const unlucky = people.at(-1)
  await owner('students').query(`
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'away' USING ERRCODE = 'query_canceled'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON students FOR EACH ROW
      WHEN (NEW.telegram_id = ${unlucky}) EXECUTE FUNCTION fail()`)
  const { errors } = await importText(school, text)
  expect(errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'students' })
  const there = async () => {
    const groups = await owner('groups').query(`SELECT FROM groups WHERE name LIKE 'Broken %'`)
    const own = 'SELECT FROM students WHERE telegram_id = ANY ($1)'
    const students = await owner('students').query(own, [people])
    return { groups: groups.rowCount, students: students.rowCount }
  }
  expect(await there()).toEqual({ groups: 0, students: 500 })
  await owner('students').query('DROP FUNCTION fail CASCADE')
  const outcomes = new Set(told(await importText(school, text)).map((line) => line.split(' ')[1]))
  expect(outcomes).toEqual(new Set(['CREATED']))
  expect(await there()).toEqual({ groups: 90, students: 540 })
})

const busy = (index: number) => index % 6 === 1

/** What becomes of six groups of two in whose file the second group is not like the others. */
const outcomes = (ofBusy: string, ofOthers: string) =>
  Array.from({ length: 12 }, (_, index) => `${index + 2} ${busy(index) ? ofBusy : ofOthers}`)

test('a group that somebody else makes for long is refused alone, and the same file does it', async () => {
  const { text } = groupsOf(2, 'Made', 6)
  const held = await holdGroup(school, 'Made 1')
  const first = await importText(school, text).finally(held.letGo)
  expect(told(first)).toEqual(outcomes('REFUSED GROUP_BUSY', 'CREATED'))
  expect(await groupOf(school, 'Made 1')).toBeUndefined()
  expect(told(await importText(school, text))).toEqual(outcomes('CREATED', 'UNCHANGED'))
})

test('a group that somebody else changes for long is refused alone, and the same file does it', async () => {
  const { text } = groupsOf(2, 'Busy', 6)
  await importText(school, roster(`Busy 1,${teacher},en,B1,2,RUNNING,,,,,,,`))
  const holder = await owner('groups').connect()
  await holder.query(`BEGIN; SELECT FROM groups WHERE name = 'Busy 1' FOR UPDATE`)
  const first = await importText(school, text).finally(() => holder.release(true))
  expect(told(first)).toEqual(outcomes('REFUSED GROUP_BUSY', 'CREATED'))
  expect((await groupOf(school, 'Busy 1'))?.members).toBeNull()
  expect(told(await importText(school, text))).toEqual(outcomes('CREATED', 'UNCHANGED'))
})

test('a sister that stumbles once is asked again, and nobody notices', async () => {
  const { text } = groupsOf(3, 'Stumble', 1)
  // What a sequence has counted stays counted when its transaction is rolled back.
  await owner('students').query(`
    CREATE SEQUENCE attempts;
    CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'away' USING ERRCODE = 'query_canceled'; END $$;
    CREATE TRIGGER stumble BEFORE INSERT ON students FOR EACH STATEMENT
      WHEN (nextval('attempts') = 1) EXECUTE FUNCTION stumble();
    GRANT USAGE ON SEQUENCE attempts TO PUBLIC`)
  const answer = await importText(school, text)
  await owner('students').query('DROP FUNCTION stumble CASCADE; DROP SEQUENCE attempts')
  expect(told(answer)).toHaveLength(3)
  expect(told(answer).every((line) => line.endsWith('CREATED'))).toBe(true)
})

test('a group that fails ends the import, and what was done before it stays', async () => {
  const { text } = groupsOf(3, 'Fail', 4)
  await owner('groups').query(`
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no such luck'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON groups FOR EACH ROW
      WHEN (NEW.name = 'Fail 1') EXECUTE FUNCTION fail()`)
  const { errors } = await importText(school, text)
  expect(errors?.[0]?.extensions?.code).toBe('INTERNAL')
  await owner('groups').query('DROP FUNCTION fail CASCADE')
  const there = await Promise.all([0, 1, 2, 3].map((n) => groupOf(school, `Fail ${n}`)))
  expect(there.map((group) => group?.members?.length)).toEqual([3, undefined, undefined, undefined])
})

test.each(['auth', 'students', 'teachers'])('without %s nothing is even tried', async (service) => {
  const { text } = groupsOf(3, `Without ${service}`, 1)
  const restart = await school.stop(service)
  try {
    const { errors } = await importText(school, text)
    expect(errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service })
  } finally {
    await restart()
  }
  expect(await groupOf(school, `Without ${service} 0`)).toBeUndefined()
})
