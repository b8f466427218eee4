import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
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
import { encode } from './encoding.ts'
import { environmentOf, runScript, script } from './fixture.ts'

let school: TestSchool
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'classgram-roster-'))
  school = await startWithTeachers()
})
afterAll(async () => {
  await school.close()
  await rm(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runScript(school, ...args)

/** Six commands, each a process that loads the service, take long on a busy machine. */
const patient = { timeout: 120_000 }

test('out of Windows-1251 and into it, with what each line does', patient, async () => {
  const [anna, boris] = [newId(), newId()]
  const text = roster(
    `Ёлка № 1,${teacher},en,B1,5,RUNNING,${anna},Анна,,+79000000001,,,`,
    `Ёлка № 1,${teacher},en,B1,5,RUNNING,${boris},Борис,,,,,`,
  )
  await writeFile(at('in.csv'), encode(text.replaceAll(',', ';'), 'windows-1251'))
  const dry = await run('import', at('in.csv'), '--dry-run', '--verbose')
  expect(dry).toEqual({
    code: 0,
    err: [''],
    out: [
      `${at('in.csv')}: 2 lines, read as windows-1251`,
      'line 2: CREATED',
      'line 3: CREATED',
      'A dry run: 2 created, 0 updated, 0 unchanged, 0 refused, 0 skipped.',
    ],
  })
  expect(await groupOf(school, 'Ёлка № 1')).toBeUndefined()
  expect((await run('import', at('in.csv'))).out.at(-1)).toBe(
    'Imported: 2 created, 0 updated, 0 unchanged, 0 refused, 0 skipped.',
  )
  expect((await groupOf(school, 'Ёлка № 1'))?.members).toHaveLength(2)
  const { rows } = await school
    .database('groups')
    .owner.query('SELECT DISTINCT actor FROM audit_log')
  expect(rows).toEqual([{ actor: 'system:roster' }])

  const out = await run('export', at('out.csv'), '--encoding', 'windows-1251', '--separator', ',')
  expect(out).toMatchObject({
    code: 0,
    out: [`${at('out.csv')}: 2 lines, written as windows-1251`],
  })
  const exported = new TextDecoder('windows-1251').decode(await readFile(at('out.csv')))
  expect(exported).toContain(`,Ёлка № 1,${teacher},en,`)
  expect((await stat(at('out.csv'))).mode & 0o777).toBe(0o600)
  expect((await run('import', at('out.csv'))).out.at(-1)).toBe(
    'Imported: 0 created, 0 updated, 2 unchanged, 0 refused, 0 skipped.',
  )
  expect(await run('export', at('out.csv'))).toMatchObject({
    code: 1,
    err: [`${at('out.csv')} is there already: remove it, or name another.`],
  })
  const records = await school
    .database('auth')
    .owner.query('SELECT requested_by_telegram_id FROM person_exports')
  expect(records.rows).toEqual(Array(2).fill({ requested_by_telegram_id: null }))
})

test('what Windows-1251 has no characters for is said, and no half a file is left', async () => {
  const text = roster(`Smile,${teacher},en,B1,5,RUNNING,${newId()},😀,,,,,`)
  await writeFile(at('smile.csv'), text)
  await run('import', at('smile.csv'))
  const { id } = (await groupOf(school, 'Smile')) ?? {}
  const failed = await run(
    'export',
    at('smile-1251.csv'),
    '--group',
    `${id}`,
    '--encoding',
    'windows-1251',
  )
  expect(failed.code).toBe(1)
  expect(failed.err).toEqual([
    `Line 2 (group ${id}), first_name: there are characters that windows-1251 has not. Export it as utf-8.`,
  ])
  expect((await readdir(folder)).filter((name) => name.startsWith('smile-1251'))).toEqual([])
  const { out, err } = await run('export', '-', '--group', `${id}`)
  expect(out[0]).toMatch(/^\ufeffgroup_id;group;/)
  expect(out[1]).toContain(';😀;')
  expect(err).toEqual(['-: 1 lines, written as utf-8'])
})

test('groups that are not there or are over are not exported', async () => {
  await writeFile(at('over.csv'), roster(`Over,${teacher},en,B1,5,RUNNING,,,,,,,`))
  await run('import', at('over.csv'))
  const { id } = (await groupOf(school, 'Over')) ?? {}
  const { owner } = school.database('groups')
  await owner.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
    UPDATE groups SET status = 'FINISHED' WHERE id = '${id}'; COMMIT`)
  const nobody = '01930000-0000-7000-8000-00000000FFFF'
  const failing = (group: string) => run('export', at('none.csv'), '--group', group)
  expect(await failing(nobody)).toEqual({
    code: 1,
    out: [''],
    err: [`There is no group ${nobody.toLowerCase()}.`],
  })
  expect((await failing(`${id}`)).err).toEqual([
    `The group ${id} is over: a roster has none of these.`,
  ])
  expect((await readdir(folder)).filter((name) => name.startsWith('none'))).toEqual([])
})

test('what stands in a file does nothing to the terminal', async () => {
  const header = 'a\x1b[2J\u009b31m\u202eb,student_telegram_id'
  await writeFile(at('evil.csv'), `"x\r\ny",${header}\n1,2,3`)
  const { out } = await run('import', at('evil.csv'))
  expect(out[1]).toContain('UNKNOWN_COLUMN')
  expect(out[1]).toContain('"x\\u{d}\\u{a}y", "a\\u{1b}[2J\\u{9b}31m\\u{202e}b"')
})

test('a damaged file is not read as something else', async () => {
  const bytes = Buffer.from(roster(`,,,,,,${newId()},Анна,,,,,`))
  bytes[bytes.indexOf(0xd0)] = 0xff
  await writeFile(at('damaged.csv'), bytes)
  const { code, out, err } = await run('import', at('damaged.csv'))
  expect([code, out]).toEqual([1, ['']])
  expect(err[0]).toMatch(/damaged at byte \d+ \(line 2\).*--encoding windows-1251/)
})

test('an export that nobody reads to its end fails', async () => {
  const process_ = spawn(process.execPath, [script, 'export', '-'], { env: environmentOf(school) })
  process_.stdout.destroy()
  const ended = once(process_, 'exit')
  expect(await readText(process_.stderr)).toBe('-: write EPIPE.\n')
  expect((await ended)[0]).toBe(1)
})

test('with a refused line nothing is done, unless the command says to', async () => {
  const text = roster(
    `Good,${teacher},en,B1,5,RUNNING,${newId()},A,,,,,`,
    `Bad,${teacher},en,B1,5,RUNNING,${newId()},B,,,,,`,
    `Bad,${teacher},en,B1,5,RUNNING,${newId()},C,,none,,,`,
  )
  await writeFile(at('mixed.csv'), text)
  const told = [
    'line 3: SKIPPED: line 4, which is or may be of its group, was refused.',
    expect.stringMatching(/^line 4: BAD_VALUE: phone: /),
  ]
  const summary = '1 created, 0 updated, 0 unchanged, 1 refused, 1 skipped.'
  const stopped = await run('import', at('mixed.csv'))
  expect(stopped.code).toBe(1)
  expect(stopped.out.slice(1)).toEqual([
    ...told,
    `A dry run: ${summary}`,
    'Nothing was changed. With --yes the groups that are whole go in.',
  ])
  expect(await groupOf(school, 'Good')).toBeUndefined()
  const done = await run('import', at('mixed.csv'), '--yes')
  expect(done.code).toBe(1)
  expect(done.out.at(-1)).toBe(`Imported: ${summary}`)
  expect(await groupOf(school, 'Good')).toBeDefined()
  expect(await groupOf(school, 'Bad')).toBeUndefined()
})

test('killed in the middle: what is in is whole, and the same command does the rest', async () => {
  // One portion, whose people count first.
  const groups = 90
  const lines = Array.from(
    { length: 3 * groups },
    (_, index) => `Killed ${index % groups},${teacher},en,B1,5,RUNNING,${newId()},A,,,,,`,
  )
  await writeFile(at('killed.csv'), roster(...lines))
  const held = await holdGroup(school, 'Killed 40')
  const process_ = spawn(process.execPath, [script, 'import', at('killed.csv')], {
    env: environmentOf(school),
    stdio: 'ignore',
  })
  const ended = once(process_, 'exit')
  try {
    await expect.poll(held.waiting, soon).toBe(1)
  } finally {
    process_.kill('SIGKILL')
    await ended
    await held.letGo()
  }
  const sizes = async () => {
    const { rows } = await school.database('groups').owner.query(
      `SELECT count(m.id)::int AS members FROM groups g LEFT JOIN group_members m ON m.group_id = g.id
       WHERE g.name LIKE 'Killed %' GROUP BY g.id`,
    )
    return rows.map(({ members }) => members)
  }
  expect(await sizes()).toEqual(Array(40).fill(3))
  const { code, out } = await run('import', at('killed.csv'))
  expect([code, out.at(-1)]).toEqual([
    0,
    'Imported: 150 created, 0 updated, 120 unchanged, 0 refused, 0 skipped.',
  ])
  expect(await sizes()).toEqual(Array(groups).fill(3))
})

test.each([
  ['nothing to do', [], /^Usage:/],
  ['a verb that is none', ['remove', 'x.csv'], /^Usage:/],
  ['options of the other verb', ['import', 'x.csv', '--separator', ';'], /^Usage:/],
  [
    'an encoding that is none',
    ['import', 'x.csv', '--encoding', 'koi8-r'],
    /^--encoding is one of/,
  ],
  ['a group that is none', ['export', 'x.csv', '--group', 'Evening'], /is no group's id\.$/],
  ['a file that is not there', ['import', '/nowhere/x.csv'], /no such file/],
  ['a folder that is not there', ['export', '/nowhere/x.csv'], /no such file or folder/],
])('%s', async (_, args, message) => {
  const { code, err } = await run(...args)
  expect([code, err[0]]).toEqual([1, expect.stringMatching(message)])
})

test('a school that does not run is said in one line', async () => {
  await writeFile(at('late.csv'), roster(`,,,,,,${newId()},A,,,,,`))
  const restart = await school.stop('auth')
  try {
    expect(await run('import', at('late.csv'))).toMatchObject({
      code: 1,
      err: ['The auth service does not answer: the school must be running.'],
    })
  } finally {
    await restart()
  }
})
