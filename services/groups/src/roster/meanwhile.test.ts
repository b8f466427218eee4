import type { TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  groupOf,
  importText,
  newId,
  roster,
  soon,
  startWithTeachers,
  teacher,
  told,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithTeachers()
})
afterAll(() => school.close())

/** Imports a file with new groups, and acts after people were judged and before anything is written. */
async function importWhile(text: string, act: () => Promise<unknown>): Promise<string[]> {
  const { owner } = school.database('teachers')
  const holder = await owner.connect()
  try {
    await holder.query('BEGIN; LOCK TABLE teachers')
    const answer = importText(school, text)
    const waiting = async () => {
      const { rowCount } = await owner.query(`
        SELECT FROM pg_locks WHERE relation = 'teachers'::regclass AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
      return rowCount
    }
    await expect.poll(waiting, soon).toBeGreaterThan(0)
    await act()
    await holder.query('COMMIT')
    return told(await answer)
  } finally {
    // Its end lets go of the lock, too, when something went wrong.
    holder.release(true)
  }
}

test('who is shut out or erased between check and import gets into no group', async () => {
  const [shut, erased, well] = [newId(), newId(), newId()]
  const lines = [
    `Shut,${teacher},en,B1,5,,${shut},Shut,,,,,`,
    `Shut,${teacher},en,B1,5,,${newId()},A,,,,,`,
    `Erased,${teacher},en,B1,5,,${erased},,,,,,`,
    `Well,${teacher},en,B1,5,,${well},Well,,,,,`,
    `,,,,,,${erased},,Last,,,,`,
  ]
  await importText(
    school,
    roster(`,,,,,,${shut},Shut,,,,,`, `,,,,,,${erased},Erased,,,,,`, `,,,,,,${well},Well,,,,,`),
  )
  const outcomes = await importWhile(roster(...lines), () =>
    school.database('auth').owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
       UPDATE users SET is_active = false WHERE telegram_id = ${shut};
       UPDATE users SET is_active = false, erased_at = now() WHERE telegram_id = ${erased}; COMMIT`,
    ),
  )
  expect(outcomes).toEqual([
    '2 REFUSED ACCOUNT_SHUT (student_telegram_id)',
    '3 SKIPPED for 2',
    '4 REFUSED USER_ERASED',
    '5 CREATED',
    '6 REFUSED USER_ERASED',
  ])
  expect(await groupOf(school, 'Shut')).toBeUndefined()
  expect(await groupOf(school, 'Erased')).toBeUndefined()
  expect((await groupOf(school, 'Well'))?.members).toEqual([`${well} ACTIVE`])
})
