import type { TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupOf, importText, newId, roster, startWithTeachers, teacher, told } from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithTeachers()
})
afterAll(() => school.close())

/** To whom of these people a seat is offered, in their order in the line. */
async function offersTo(people: bigint[]): Promise<bigint[]> {
  const { rows } = await school.database('groups').owner.query(
    `SELECT student_telegram_id::text AS id FROM group_members
     WHERE offer_expires_at IS NOT NULL AND student_telegram_id = ANY ($1) ORDER BY waiting_position`,
    [people],
  )
  return rows.map(({ id }) => BigInt(id))
}

describe('seats', () => {
  test('go to the lines in their order; those beyond are refused', async () => {
    const people = Array.from({ length: 4 }, newId)
    const lines = people.map((id) => `Full,${teacher},en,B1,2,RUNNING,${id},Name,,,,,`)
    expect(told(await importText(school, roster(...lines)))).toEqual([
      '2 SKIPPED for 4',
      '3 SKIPPED for 4',
      '4 REFUSED GROUP_FULL',
      '5 REFUSED GROUP_FULL',
    ])
    const waiting = lines.map((line, index) => (index < 2 ? line : `${line}WAITLISTED`))
    expect(told(await importText(school, roster(...waiting)))).toEqual(
      [2, 3, 4, 5].map((line) => `${line} CREATED`),
    )
    const { members } = (await groupOf(school, 'Full')) ?? {}
    expect(members).toEqual(
      people.map((id, index) => (index < 2 ? `${id} ACTIVE` : `${id} WAITLISTED ${index - 1}`)),
    )

    // One gives up the seat and the last of the line takes it: the line closes up.
    const swapped = [0, 3].map(
      (index) =>
        `Full,${teacher},,,,,${people[index]},,,,,,${index === 0 ? 'WAITLISTED' : 'ACTIVE'}`,
    )
    expect(told(await importText(school, roster(...swapped)))).toEqual(['2 UPDATED', '3 UPDATED'])
    expect((await groupOf(school, 'Full'))?.members).toEqual([
      `${people[0]} WAITLISTED 2`,
      `${people[1]} ACTIVE`,
      `${people[2]} WAITLISTED 1`,
      `${people[3]} ACTIVE`,
    ])
    expect(told(await importText(school, roster(...swapped)))).toEqual([
      '2 UNCHANGED',
      '3 UNCHANGED',
    ])

    const smaller = roster(`Full,${teacher},,,1,,,,,,,,`)
    expect(told(await importText(school, smaller))).toEqual([
      '2 REFUSED CAPACITY_BELOW_MEMBERS (capacity)',
    ])
    // A seat more is offered to who waits: it is not free for a newcomer.
    await importText(school, roster(`Full,${teacher},,,3,,,,,,,,`))
    const newcomer = roster(`Full,${teacher},,,,,${newId()},New,,,,,`)
    expect(told(await importText(school, newcomer))).toEqual(['2 REFUSED GROUP_FULL'])
    // Whom it is offered to gets it.
    const next = roster(`Full,${teacher},,,,,${people[2]},,,,,,ACTIVE`)
    expect(told(await importText(school, next))).toEqual(['2 UPDATED'])
  })
})

test('offers for which a smaller group has no seats are taken back, but for those that the file takes', async () => {
  const people = Array.from({ length: 5 }, newId)
  const line = (id = 0n, status = '', capacity = '') =>
    `Small,${teacher},en,B1,${capacity},RUNNING,${id},Name,,,,,${status}`
  const waiting = people.slice(2).map((id) => line(id, 'WAITLISTED'))
  await importText(school, roster(line(people[0], '', '2'), line(people[1]), ...waiting))
  const resize = (capacity: number, ...lines: string[]) =>
    importText(school, roster(`Small,${teacher},,,${capacity},,,,,,,,`, ...lines))
  await resize(5)
  expect(await offersTo(people)).toEqual(people.slice(2))
  expect(told(await resize(3, line(people[4], 'ACTIVE')))).toEqual(['2 UPDATED', '3 UPDATED'])
  expect(await offersTo(people)).toEqual([])
  expect((await groupOf(school, 'Small'))?.members).toEqual([
    `${people[0]} ACTIVE`,
    `${people[1]} ACTIVE`,
    `${people[2]} WAITLISTED 1`,
    `${people[3]} WAITLISTED 2`,
    `${people[4]} ACTIVE`,
  ])
  expect(told(await resize(2))).toEqual(['2 REFUSED CAPACITY_BELOW_MEMBERS (capacity)'])
})

test('whoever gives up a seat is not offered it the next moment, but the next one', async () => {
  const [gone, other] = [newId(), newId()]
  const line = (id: bigint, status = '') =>
    `Back,${teacher},en,B1,,RUNNING,${id},Name,,,,,${status}`
  await importText(school, roster(`Back,${teacher},en,B1,2,,,,,,,,`, line(gone), line(other)))
  await importText(school, roster(line(gone, 'WAITLISTED')))
  expect(await offersTo([gone, other])).toEqual([])
  await importText(school, roster(line(other, 'WAITLISTED')))
  expect(await offersTo([gone, other])).toEqual([gone])
})
