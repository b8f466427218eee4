import type { TestSchool } from '@classgram/test/kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  groupOf,
  importText,
  newId,
  otherTeacher,
  startWithTeachers,
  teacher,
  told,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithTeachers()
})
afterAll(() => school.close())

const header =
  'group_id;group;teacher_telegram_id;language;level;capacity;group_status;student_telegram_id;first_name;phone;member_status'

/** Nothing most of the time: what is rare is rare in each of many cells. */
const seldom = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 4, nil: undefined })
const few = (count: number) => fc.nat({ max: count - 1 })

/** A line in numbers, which stand for groups and people of one round. */
const line = fc.record({
  id: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, few(2), fc.constant('damaged')),
  name: fc.option(few(4), { freq: 6, nil: undefined }),
  teacher: fc.oneof(
    { weight: 8, arbitrary: fc.constant(teacher) },
    fc.constantFrom(otherTeacher, 77n, '4,29E+09', ''),
  ),
  isWhole: fc.boolean(),
  status: seldom(fc.constantFrom('OPEN', 'RUNNING', 'none')),
  capacity: fc.constantFrom(1, 2, 5, 5),
  student: fc.option(few(4), { freq: 6, nil: undefined }),
  firstName: fc.option(fc.constantFrom('Anna', 'Anna', 'Anna', 'Boris'), { freq: 2, nil: '' }),
  phone: seldom(few(3)),
  state: seldom(fc.constantFrom('WAITLISTED', 'PAUSED', 'INVITED')),
})
type Line = typeof line extends fc.Arbitrary<infer Value> ? Value : never
const lines = fc.array(line, { minLength: 1, maxLength: 7 })

/** Groups and people that nobody has seen before. */
function createRound() {
  const people = Array.from({ length: 4 }, newId)
  const round = newId()
  const nameOf = (number: number) => `Round ${round} ${number}`
  const ids: (string | undefined)[] = []
  const toCells = (one: Line) => [
    one.id === 'damaged' ? '0193,1E+05' : typeof one.id === 'number' ? ids[one.id] : '',
    one.name === undefined ? '' : nameOf(one.name),
    one.teacher,
    ...(one.isWhole ? ['en', 'B1', one.capacity] : ['', '', '']),
    one.status,
    one.student === undefined ? '' : people[one.student],
    one.firstName,
    one.phone === undefined ? '' : `+79${String(round).slice(-8)}${one.phone}`,
    one.state,
  ]
  return {
    /** Finds the first groups, so that lines may give their ids. */
    async look() {
      for (const number of [0, 1]) ids[number] = (await groupOf(school, nameOf(number)))?.id
    },
    write: (list: Line[]) => [header, ...list.map((one) => toCells(one).join(';'))].join('\n'),
  }
}

/** A hundred and sixty imports take long on a busy machine. */
const patient = { timeout: 120_000 }

test('an import does what its dry run says, and a second one nothing', patient, async () => {
  await fc.assert(
    fc.asyncProperty(lines, lines, async (before, list) => {
      const round = createRound()
      await importText(school, round.write(before))
      await round.look()
      const text = round.write(list)
      const tried = told(await importText(school, text, { isDryRun: true }))
      expect(told(await importText(school, text))).toEqual(tried)
      const again = told(await importText(school, text))
      expect(again.filter((one) => /CREATED|UPDATED/.test(one))).toEqual([])
    }),
    { numRuns: 40 },
  )
})
