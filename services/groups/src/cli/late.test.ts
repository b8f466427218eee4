import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  groupOf,
  holdGroup,
  newId,
  roster,
  soon,
  startWithTeachers,
  teacher,
} from '../roster/fixture.ts'
import { runScript } from './fixture.ts'

let school: TestSchool
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'classgram-late-'))
  school = await startWithTeachers()
})
afterAll(async () => {
  await school.close()
  await rm(folder, { recursive: true })
})

test('who is refused late keeps out what is not in yet, each line is told, and what is in is in', async () => {
  const [anna, boris] = [newId(), newId()]
  const group = (n: number, student: bigint | '') =>
    `Late ${n},${teacher},en,B1,5,RUNNING,${student},${student && 'A'},,,,,`
  // The first one is of the first portion, and the last of the second.
  const groups = Array.from({ length: 101 }, (_, n) => group(n, n % 100 === 0 ? anna : ''))
  const file = join(folder, 'late.csv')
  await writeFile(file, roster(...groups, group(100, boris), `,,,,,,${anna},,Last,,,,`))
  const held = await holdGroup(school, 'Late 99')
  const ended = runScript(school, 'import', file)
  try {
    await expect.poll(held.waiting, soon).toBe(1)
    await school.database('auth').owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
       UPDATE users SET is_active = false, erased_at = now() WHERE telegram_id = ${anna}; COMMIT`,
    )
  } finally {
    await held.letGo()
  }
  const { code, out } = await ended
  expect(code).toBe(1)
  expect(out.filter((line) => !line.startsWith('Importing')).slice(2)).toEqual([
    expect.stringMatching(/^line 102: USER_ERASED: /),
    'line 103: SKIPPED: line 102, which is or may be of its group, was refused.',
    'Imported: 101 created, 0 updated, 0 unchanged, 1 refused, 1 skipped.',
  ])
  expect((await groupOf(school, 'Late 0'))?.members).toEqual([`${anna} ACTIVE`])
  expect(await groupOf(school, 'Late 100')).toBeUndefined()
})
