import { as, insert, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { personRefusalReason, personRefusalReasons } from '../sisters.ts'
import {
  administrator,
  groupOf,
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

async function alter(service: string, statement: string): Promise<void> {
  await school
    .database(service)
    .owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true); ${statement}; COMMIT`,
    )
}

/** How many groups and people there are. */
const sizes = () =>
  Promise.all(
    [
      ['groups', 'groups'],
      ['auth', 'users'],
      ['students', 'students'],
    ].map(async ([service = '', table]) => {
      const { rows } = await school.database(service).owner.query(`SELECT FROM ${table}`)
      return rows.length
    }),
  )

describe('what the rules of groups forbid is refused', () => {
  test.each([
    ['a teacher who is none', `New,77,en,B1,5,,,,,,,,`, 'TEACHER_NOT_FOUND (teacher_telegram_id)'],
    [
      'a teacher who does not teach',
      `New,4294967302,en,B1,5,,,,,,,,`,
      'TEACHER_NOT_ACTIVE (teacher_telegram_id)',
    ],
    ['a new group without a language', `New,${teacher},,B1,5,,,,,,,,`, 'MISSING_VALUE (language)'],
    ['a group without its teacher', `New,,en,B1,5,,,,,,,,`, 'MISSING_VALUE (teacher_telegram_id)'],
    ['a group without a name', `,${teacher},en,B1,5,,,,,,,,`, 'MISSING_VALUE (group)'],
    ['a student of no group who is a member', `,,,,,,7,A,,,,,ACTIVE`, 'MISSING_VALUE (group)'],
    ['nobody with a name', `,,,,,,,Anna,,,,,`, 'MISSING_VALUE (student_telegram_id)'],
    ['a group that is over', `New,${teacher},en,B1,5,FINISHED,,,,,,,`, 'BAD_VALUE (group_status)'],
    ['a new person without a name', `,,,,,,${10n ** 12n},,Doe,,,,`, 'MISSING_VALUE (first_name)'],
    ['a teacher in the class', `,,,,,,${teacher},,,,,,`, 'NOT_A_STUDENT (student_telegram_id)'],
    ['another name for an administrator', `,,,,,,${administrator},Anna,,,,,`, 'NOT_A_STUDENT'],
  ])('%s', async (_, line, refusal) => {
    const untouched = await sizes()
    expect(told(await importText(school, roster(line)))).toEqual([`2 REFUSED ${refusal}`])
    expect(await sizes()).toEqual(untouched)
  })

  test('what an import does not change', async () => {
    const student = newId()
    await importText(school, roster(`Fixed,${teacher},en,B1,5,RUNNING,${student},A,,,,,`))
    const id = (await groupOf(school, 'Fixed'))?.id
    const refused = async (header: string, line: string) =>
      told(await importText(school, `group_id;${header}\n${id};${line}`))
    expect(await refused('language', 'de')).toEqual(['2 REFUSED NOT_CHANGEABLE (language)'])
    expect(await refused('teacher_telegram_id', '4294967302')).toEqual([
      '2 REFUSED NOT_CHANGEABLE (teacher_telegram_id)',
    ])
    expect(await refused('group_status', 'OPEN')).toEqual([
      '2 REFUSED STEP_NOT_ALLOWED (group_status)',
    ])
    expect(await refused('starts_on;ends_on', '2026-12-02;2026-12-01')).toEqual([
      '2 REFUSED BAD_VALUE (ends_on)',
    ])
    expect(await refused('student_telegram_id;member_status', `${student};INVITED`)).toEqual([
      '2 REFUSED NOT_CHANGEABLE (member_status)',
    ])
    await alter(
      'groups',
      `UPDATE group_members SET status = 'LEFT', left_at = now() WHERE group_id = '${id}';
       UPDATE groups SET status = 'FINISHED' WHERE id = '${id}'`,
    )
    expect(await refused('student_telegram_id', `${student}`)).toEqual(['2 REFUSED GROUP_CLOSED'])
    // Another one may have its name now.
    const line = `Fixed,${teacher},en,B1,5,RUNNING,${student},A,,,,,`
    expect(told(await importText(school, roster(line)))).toEqual(['2 CREATED'])
  })

  test('a group that is not there, and one that could be two', async () => {
    const unknown = '01930000-0000-7000-8000-00000000ffff'
    expect(told(await importText(school, `group_id\n${unknown}`))).toEqual([
      '2 REFUSED GROUP_NOT_FOUND (group_id)',
    ])
    const twin = { name: 'Twins', language: 'en', level: 'B1', capacity: 5, status: 'OPEN' }
    const twins = [twin, twin].map((one) => ({ ...one, teacher_telegram_id: teacher }))
    await insert(school.database('groups'), 'groups', ...twins)
    expect(told(await importText(school, roster(`Twins,${teacher},,,,,,,,,,,`)))).toEqual([
      '2 REFUSED GROUP_AMBIGUOUS (group)',
    ])
  })

  test('lines that contradict each other', async () => {
    const [one, other] = [newId(), newId()]
    const text = roster(
      `Odd,${teacher},en,B1,5,,${one},A,,+79000000020,a@example.org,,`,
      `Odd,${teacher},en,B1,6,,,,,,,,`,
      `Even,${teacher},en,B1,5,,${one},B,,,,,`,
      `Third,${teacher},en,B1,5,,${other},C,,+7 (900) 000-00-20,A@Example.org,,`,
    )
    expect(told(await importText(school, text))).toEqual([
      '2 SKIPPED for 3',
      '3 REFUSED CONTRADICTION (capacity)',
      '4 REFUSED CONTRADICTION (first_name)',
      '5 REFUSED PHONE_TAKEN (phone) EMAIL_TAKEN (email)',
    ])
  })

  test.each([true, false])(
    'one contact in two ways to write it; a dry run: %s',
    async (isDryRun) => {
      const text = roster(
        `,,,,,,${newId()},A,,+79000000021,b@example.org,,`,
        `,,,,,,${newId()},B,,\t+7-900-000.00.21,"'\tB@example.org",,`,
        `,,,,,,${newId()},C,,-,,,`,
        `,,,,,,${newId()},D,,-,,,`,
      )
      expect(told(await importText(school, text, { isDryRun }))).toEqual([
        '2 CREATED',
        '3 REFUSED PHONE_TAKEN (phone) EMAIL_TAKEN (email)',
        '4 REFUSED BAD_VALUE (phone)',
        '5 REFUSED BAD_VALUE (phone)',
      ])
    },
  )
})

describe('people whom the school knows', () => {
  test('keep their contacts to themselves, and an account that is shut or erased gets nobody in', async () => {
    const [holder, shut, erased] = [newId(), newId(), newId()]
    await importText(
      school,
      roster(
        `,,,,,,${holder},Holder,,+79000000030,holder@example.org,,`,
        `,,,,,,${shut},Shut,,,,,`,
        `,,,,,,${erased},Erased,,,,,`,
      ),
    )
    await alter(
      'auth',
      `UPDATE users SET is_active = false WHERE telegram_id = ${shut};
       UPDATE users SET is_active = false, erased_at = now() WHERE telegram_id = ${erased}`,
    )
    const answer = await importText(
      school,
      roster(
        `Taken,${teacher},en,B1,5,,${newId()},A,,+79000000030,HOLDER@example.org,,`,
        `Shut,${teacher},en,B1,5,,${shut},Shut,,,,,`,
        `Erased,${teacher},en,B1,5,,${erased},Back,,,,,`,
      ),
    )
    expect(told(answer)).toEqual([
      '2 REFUSED PHONE_TAKEN (phone) EMAIL_TAKEN (email)',
      '3 REFUSED ACCOUNT_SHUT (student_telegram_id)',
      '4 REFUSED USER_ERASED',
    ])
    expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${holder}|Holder`))
  })

  test('a stay that is there is left alone, whatever became of the student', async () => {
    const student = newId()
    const text = roster(`Kept,${teacher},en,B1,5,,${student},Kay,,,,,`)
    await importText(school, text)
    await alter(
      'auth',
      `UPDATE users SET role = 'TEACHER', is_active = false WHERE telegram_id = ${student}`,
    )
    expect(told(await importText(school, text))).toEqual(['2 UNCHANGED'])
  })
  test('are refused by auth for reasons that a roster has, too', async () => {
    const query = '{ __type(name: "PersonRefusalReason") { enumValues { name } } }'
    const { data } = await school.ask('auth', as.service('groups'), query)
    const reasons = data?.__type.enumValues.map(({ name }: { name: string }) => name)
    expect(reasons).toEqual(personRefusalReasons)
    expect(personRefusalReason.parse('FROM_A_LATER_AUTH')).toBe('BAD_VALUE')
  })
})
