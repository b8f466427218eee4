import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { insertGroup, tanya } from './fixture.ts'

const sam = 4_294_967_302n
const mila = 4_294_967_303n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'teachers'] })
  const teachers = school.database('teachers')
  await insert(
    teachers,
    'teachers',
    ...[tanya, sam, mila].map((telegram_id) => ({ telegram_id, status: 'ACTIVE' })),
  )
  const speaks = { teacher_telegram_id: tanya, proficiency: 'NATIVE' }
  await insert(
    teachers,
    'teacher_languages',
    { ...speaks, language: 'en', min_level: 'A2', max_level: 'C1' },
    { ...speaks, language: 'de-AT', min_level: 'A1', max_level: 'A1' },
    { ...speaks, language: 'fr', min_level: null, max_level: null },
  )
})
afterAll(() => school.close())

const insertDraft = (more = {}) => insertGroup(school, { status: 'DRAFT', ...more })

const update = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { status level } } }`
const change = (viewer: Viewer, id: string, fields: object) =>
  school.ask('groups', viewer, update, { input: { id, ...fields } })
const refusal = (answer: Answer) => answer.errors?.[0]?.extensions

const create = `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id } } }`
const createAs = (viewer: Viewer, course: object) =>
  school.ask('groups', viewer, create, {
    input: { name: 'New', capacity: 5, teacherTelegramId: tanya, ...course },
  })
const english = { language: 'en', minLevel: 'A2', maxLevel: 'C1' }

test.each([
  ['the lowest level', { language: 'en', level: 'A2' }],
  ['the highest level', { language: 'en', level: 'C1' }],
  ['a variety of a language', { language: 'en-GB', level: 'B2' }],
])('%s is theirs', async (_, course) => {
  expect((await createAs(as.teacher(tanya), course)).errors).toBeUndefined()
})

test.each([
  ['a level below', { language: 'en', level: 'A1' }, [english]],
  ['a level above', { language: 'en', level: 'C2' }, [english]],
  ['a language that is only spoken', { language: 'fr', level: 'A1' }, []],
  ['a language whose variety is taught', { language: 'de', level: 'A1' }, []],
  ['a language that begins alike', { language: 'enm', level: 'B1' }, []],
  ['another language', { language: 'es', level: 'B1' }, []],
])('%s is not, unless an administrator says so', async (_, course, teaches) => {
  expect(refusal(await createAs(as.teacher(tanya), course))).toEqual({
    code: 'CONFLICT',
    reason: 'NOT_IN_TEACHER_PROFILE',
    conflictsWith: { teaches },
  })
  expect((await createAs(as.admin(), course)).errors).toBeUndefined()
})

test('a level is changed to one of theirs; one that an administrator set may stay', async () => {
  const id = await insertDraft({ level: 'C2' })
  const to = (level: string, viewer = as.teacher(tanya)) => change(viewer, id, { level })
  expect((await to('C2')).errors).toBeUndefined()
  expect((await to('B2')).data?.updateGroup.group.level).toBe('B2')
  expect(refusal(await to('C2'))).toMatchObject({ reason: 'NOT_IN_TEACHER_PROFILE' })
  expect((await to('C2', as.admin())).errors).toBeUndefined()
  expect(refusal(await to('B2', as.teacher(sam)))).toEqual({ code: 'FORBIDDEN' })
})

describe('a profile that has changed', () => {
  const setProfile = (fields: object) =>
    school.ask(
      'teachers',
      as.admin(),
      `mutation ($input: UpdateTeacherInput!) { updateTeacher(input: $input) { teacher { status } } }`,
      { input: { telegramId: mila, ...fields } },
    )
  const teach = (...languages: string[]) =>
    setProfile({
      languages: languages.map((language) => ({
        language,
        proficiency: 'NATIVE',
        minLevel: 'A1',
        maxLevel: 'B2',
      })),
    })
  beforeEach(async () => {
    await setProfile({ status: 'ACTIVE' })
    await teach('en')
  })

  async function createFor(viewer: Viewer, level = 'B1'): Promise<string> {
    const course = { teacherTelegramId: mila, language: 'en', level }
    return (await createAs(viewer, course)).data?.createGroup.group.id
  }
  const setStatus = async (viewer: Viewer, id: string, status: string) => {
    const answer = await change(viewer, id, { status })
    return refusal(answer)?.reason ?? answer.data?.updateGroup.group.status
  }

  test('keeps the teacher from opening a group, and from starting it', async () => {
    const [draft, open] = [await createFor(as.teacher(mila)), await createFor(as.teacher(mila))]
    expect(await setStatus(as.teacher(mila), open, 'OPEN')).toBe('OPEN')
    await teach('ru')
    expect(await setStatus(as.teacher(mila), draft, 'OPEN')).toBe('NOT_IN_TEACHER_PROFILE')
    expect(await setStatus(as.teacher(mila), open, 'RUNNING')).toBe('NOT_IN_TEACHER_PROFILE')
    expect(await setStatus(as.teacher(mila), open, 'DRAFT')).toBe('DRAFT')
  })

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['opened it', (id) => change(as.admin(), id, { status: 'OPEN' })],
    ['set its level', (id) => change(as.admin(), id, { level: 'C1' })],
    ['handed it over', (id) => change(as.admin(), id, { teacherTelegramId: mila })],
  ])('does not matter where an administrator %s', async (_, decide) => {
    const id = await insertDraft({ language: 'es' })
    await decide(id)
    const { rows } = await school
      .database('groups')
      .owner.query('SELECT teacher_telegram_id AS teacher FROM groups WHERE id = $1', [id])
    const teacher = as.teacher(BigInt(rows[0].teacher))
    expect(await setStatus(teacher, id, 'OPEN')).toBe('OPEN')
    expect(await setStatus(teacher, id, 'RUNNING')).toBe('RUNNING')
  })

  test('matters where an administrator made the group, as soon as the teacher sets a level of it', async () => {
    const id = await createFor(as.admin(), 'C2')
    expect(await setStatus(as.teacher(mila), id, 'OPEN')).toBe('OPEN')
    expect((await change(as.teacher(mila), id, { level: 'B2' })).errors).toBeUndefined()
    await teach('ru')
    expect(await setStatus(as.teacher(mila), id, 'RUNNING')).toBe('NOT_IN_TEACHER_PROFILE')
  })

  test('lets nobody who is suspended open or start a group, whoever made it', async () => {
    const [draft, open] = [await createFor(as.teacher(mila)), await createFor(as.admin())]
    expect(await setStatus(as.teacher(mila), open, 'OPEN')).toBe('OPEN')
    await setProfile({ status: 'SUSPENDED' })
    for (const [id, status] of [
      [draft, 'OPEN'],
      [open, 'RUNNING'],
    ] as const) {
      expect(refusal(await change(as.teacher(mila), id, { status }))).toEqual({
        code: 'CONFLICT',
        reason: 'TEACHER_NOT_ACTIVE',
        conflictsWith: { status: 'SUSPENDED' },
      })
      expect(await setStatus(as.admin(), id, status)).toBe(status)
    }
    expect(await setStatus(as.teacher(mila), open, 'FINISHED')).toBe('FINISHED')
  })
})

// Comes last: for a while afterwards the sister is not asked again.
test('while teachers is away a teacher neither sets levels nor opens; an administrator does all', async () => {
  const id = await insertDraft()
  const restart = await school.stop('teachers')
  try {
    for (const fields of [{ level: 'B2' }, { status: 'OPEN' }]) {
      const answer = await change(as.teacher(tanya), id, fields)
      expect(refusal(answer)).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'teachers' })
    }
    expect((await change(as.teacher(tanya), id, { name: 'X' })).errors).toBeUndefined()
    expect((await change(as.admin(), id, { level: 'B2', status: 'OPEN' })).errors).toBeUndefined()
  } finally {
    await restart()
  }
})
