import type { TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  groupOf,
  importText,
  newId,
  otherTeacher,
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

/** Says of both what comes of it, which must be the same. */
async function tryAndImport(text: string): Promise<string[]> {
  const tried = told(await importText(school, text, { isDryRun: true }))
  expect(told(await importText(school, text))).toEqual(tried)
  return tried
}

const header =
  'group_id;group;teacher_telegram_id;language;level;capacity;student_telegram_id;first_name'

describe('a refused line keeps out every group that it may mean', () => {
  test('by its name, whoever the teacher', async () => {
    const text = [
      header,
      `;Part;${teacher};en;A1;5;${newId()};A`,
      `;Part;4,29E+09;;;;${newId()};B`,
      `;Part;;;;;${newId()};C`,
      `;Whole;${teacher};en;A1;5;${newId()};D`,
    ].join('\n')
    expect(await tryAndImport(text)).toEqual([
      '2 SKIPPED for 3',
      '3 REFUSED BAD_VALUE (teacher_telegram_id)',
      '4 REFUSED MISSING_VALUE (teacher_telegram_id)',
      '5 CREATED',
    ])
    expect(await groupOf(school, 'Part')).toBeUndefined()
  })

  test.each([
    ['a teacher who is none', `Slip;77;en;A1;5`, 'TEACHER_NOT_FOUND (teacher_telegram_id)'],
    ['a teacher who is none, and half a group', `Slip;77;en;;`, 'TEACHER_NOT_FOUND'],
    ['another teacher', `Slip;${otherTeacher};;;`, 'MISSING_VALUE (language)'],
  ])('by a slip in the teacher: %s', async (_, cells, refusal) => {
    const text = [header, `;Slip;${teacher};en;A1;5;${newId()};A`, `;${cells};${newId()};B`].join(
      '\n',
    )
    const [first, second] = await tryAndImport(text)
    expect([first, second]).toEqual(['2 SKIPPED for 3', expect.stringContaining(refusal)])
    expect(await groupOf(school, 'Slip')).toBeUndefined()
  })

  test('but a namesake whose line forgot a cell is a group of its own', async () => {
    const text = [
      header,
      `;Alike;${teacher};en;A1;5;${newId()};A`,
      `;Alike;${otherTeacher};en;A1;;${newId()};B`,
    ].join('\n')
    expect(await tryAndImport(text)).toEqual(['2 CREATED', '3 REFUSED MISSING_VALUE (capacity)'])
  })

  test('by its teacher, without a name', async () => {
    const text = [
      header,
      `;Hers;${teacher};en;A1;5;${newId()};A`,
      `;;${teacher};;;;${newId()};B`,
      `;His;${otherTeacher};en;A1;5;${newId()};C`,
    ].join('\n')
    expect(await tryAndImport(text)).toEqual([
      '2 SKIPPED for 3',
      '3 REFUSED MISSING_VALUE (group)',
      '4 CREATED',
    ])
  })

  test('by an id that is none, with a name and without', async () => {
    await importText(
      school,
      roster(...['One', 'Two', 'Three'].map((name) => `${name},${teacher},en,B1,9,OPEN,,,,,,,`)),
    )
    const [one, two] = await Promise.all(
      ['One', 'Two'].map(async (name) => (await groupOf(school, name))?.id),
    )
    const nobody = '01930000-0000-7000-8000-00000000ffff'
    for (const [id, refusal] of [
      ['0193,1E+05', 'BAD_VALUE (group_id)'],
      [nobody, 'GROUP_NOT_FOUND (group_id)'],
    ]) {
      const lines = (name: string) => [
        header,
        `${one};One;;;;;${newId()};A`,
        `${two};;;;;;${newId()};B`,
        `;Three;${teacher};;;;${newId()};C`,
        `;New ${name}${newId()};${teacher};en;B1;5;${newId()};D`,
        `${id};${name};;;;;${newId()};E`,
      ]
      // Two's lines do not say that it is not to be called so.
      expect(await tryAndImport(lines('One').join('\n'))).toEqual([
        '2 SKIPPED for 6',
        '3 SKIPPED for 6',
        '4 CREATED',
        '5 CREATED',
        `6 REFUSED ${refusal}`,
      ])
      expect(await tryAndImport(lines('').join('\n'))).toEqual([
        '2 SKIPPED for 6',
        '3 SKIPPED for 6',
        '4 SKIPPED for 6',
        '5 CREATED',
        `6 REFUSED ${refusal}`,
      ])
    }
    expect((await groupOf(school, 'One'))?.members).toBeNull()
  })
})

describe('a name that a group is to get is no name for another', () => {
  test.each([
    ['that is new', undefined],
    ['that is there', 'Taken'],
  ])('%s', async (_, taken) => {
    const [name, target] = [`Zed ${newId()}`, `Zed new ${newId()}`]
    await importText(school, roster(`${name},${teacher},en,B1,5,OPEN,,,,,,,`))
    if (taken) await importText(school, roster(`${target},${teacher},en,B1,5,OPEN,,,,,,,`))
    const id = (await groupOf(school, name))?.id
    const renaming = `${id};${target};;;;;${newId()};A`
    const naming = `;${target};${teacher};en;B1;5;${newId()};B`
    expect(await tryAndImport([header, renaming, naming].join('\n'))).toEqual([
      '2 SKIPPED for 3',
      '3 REFUSED GROUP_AMBIGUOUS (group)',
    ])
    expect(await tryAndImport([header, naming, renaming].join('\n'))).toEqual([
      '2 REFUSED GROUP_AMBIGUOUS (group)',
      '3 SKIPPED for 2',
    ])
    expect((await groupOf(school, name))?.members).toBeNull()
    // Another teacher's may be called so.
    const others = `;${target};${otherTeacher};en;B1;5;${newId()};B`
    expect(await tryAndImport([header, renaming, others].join('\n'))).toEqual([
      '2 CREATED',
      '3 CREATED',
    ])
  })
})

describe('people are judged by what goes in', () => {
  const bad = (id: bigint, name: string) => `Refused,${teacher},en,B1,5,no,${id},${name},,,,,`

  test('a name that is given in a refused group only is none', async () => {
    const [anna, boris] = [newId(), newId()]
    const text = roster(
      bad(anna, 'Anna'),
      `Chain A,${teacher},en,B1,5,,${anna},,,,,,`,
      `Chain A,${teacher},en,B1,5,,${boris},Boris,,,,,`,
      `Chain B,${teacher},en,B1,5,,${boris},,,,,,`,
      `Chain C,${teacher},en,B1,5,,${newId()},Clara,,,,,`,
    )
    expect(await tryAndImport(text)).toEqual([
      '2 REFUSED BAD_VALUE (group_status)',
      '3 REFUSED MISSING_VALUE (first_name)',
      '4 SKIPPED for 3',
      '5 REFUSED MISSING_VALUE (first_name)',
      '6 CREATED',
    ])
  })

  test('and so is a change', async () => {
    const anna = newId()
    const line = `Settled,${teacher},en,B1,5,,${anna},Anna,,,,,`
    await importText(school, roster(line))
    const text = roster(bad(anna, 'Anya'), line.replace('Anna', ''))
    expect(await tryAndImport(text)).toEqual(['2 REFUSED BAD_VALUE (group_status)', '3 UNCHANGED'])
  })
})
