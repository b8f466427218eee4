import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  classmate,
  codes,
  entities,
  key,
  nobody,
  otherTeacher,
  startWithStudents,
  student,
  teacher,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithStudents()
})
afterAll(() => school.close())

const root = 'query ($id: TelegramID!) { student(telegramId: $id) { telegramId } }'
const viewers: [string, Viewer][] = [
  ['the student', as.student(student)],
  ['their teacher', as.teacher(teacher)],
  ['an administrator', as.admin()],
  ['a sister service', as.service('groups')],
]
test.each(viewers)('%s finds the student', async (_, viewer) => {
  const answer = await school.ask('students', viewer, root, { id: student })
  expect(answer).toEqual({ data: { student: { telegramId: String(student) } } })
})

test('whoever would be allowed to see a student is told that there is none', async () => {
  for (const viewer of [as.student(nobody), as.admin(), as.service('groups')]) {
    const answer = await school.ask('students', viewer, root, { id: nobody })
    expect(answer).toEqual({ data: { student: null } })
  }
})

test('others are refused, whether there is such a student or not', async () => {
  for (const viewer of [as.student(classmate), as.teacher(otherTeacher)]) {
    const [known, unknown] = await Promise.all(
      [student, nobody].map((id) => school.ask('students', viewer, root, { id })),
    )
    expect(known?.data).toEqual({ student: null })
    expect(codes(known ?? {})).toEqual(['FORBIDDEN'])
    expect(unknown).toEqual(known)
  }
  const anonymous = await school.ask('students', as.anonymous, root, { id: student })
  expect(codes(anonymous)).toEqual(['UNAUTHENTICATED'])
})

test('only administrators list students', async () => {
  const list = '{ students { nodes { telegramId } } }'
  for (const viewer of [as.student(student), as.teacher(teacher), as.service('groups')]) {
    expect(codes(await school.ask('students', viewer, list))).toEqual(['FORBIDDEN'])
  }
  expect(codes(await school.ask('students', as.anonymous, list))).toEqual(['UNAUTHENTICATED'])
})

const open = 'telegramId user { telegramId }'
const shared = [
  'goals',
  'timezone',
  'communicationLanguage',
  'guardianContact',
  'createdAt',
  'updatedAt',
  'languages { level }',
  'enrollments { status }',
  'levelAssessments { nodes { to } }',
]
test.each([
  ['the student', as.student(student), [...shared], ['notes']],
  ['their teacher', as.teacher(teacher), [...shared, 'notes'], []],
  ['an administrator', as.admin(), [...shared, 'notes'], []],
  ['a classmate', as.student(classmate), [], [...shared, 'notes']],
  ['another teacher', as.teacher(otherTeacher), [], [...shared, 'notes']],
] as [string, Viewer, string[], string[]][])(
  '%s sees what is theirs to see',
  async (_, viewer, seen, refused) => {
    const fields = [open, ...seen, ...refused].join(' ')
    const answer = await school.ask('students', viewer, entities(fields), {
      keys: [key(student)],
    })
    expect(answer.data._entities[0]).toMatchObject({ user: { telegramId: String(student) } })
    expect(
      (answer.errors ?? []).map((error) => [error.path.at(-1), error.extensions.code]).sort(),
    ).toEqual(refused.map((field) => [field.split(' ')[0], 'FORBIDDEN']).sort())
    for (const field of refused)
      expect(answer.data._entities[0][field.split(' ')[0] ?? '']).toBeNull()
  },
)

test('services see who a student is, and nothing private; the anonymous see nothing', async () => {
  const ask = (viewer: Viewer) =>
    school.ask('students', viewer, entities(`telegramId goals`), { keys: [key(student)] })
  expect(await ask(as.service('calendar'))).toMatchObject({
    data: { _entities: [{ telegramId: String(student), goals: null }] },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
  expect(codes(await ask(as.anonymous))).toContain('UNAUTHENTICATED')
})

test('while groups is away, a teacher loses what is private and no more', async () => {
  const startAgain = await school.stop('groups')
  const answer = await school.ask('students', as.teacher(teacher), entities('telegramId goals'), {
    keys: [key(student)],
  })
  expect(answer.data).toEqual({ _entities: [{ telegramId: String(student), goals: null }] })
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'SERVICE_UNAVAILABLE', service: 'groups' } },
  ])
  const own = await school.ask('students', as.student(student), entities('goals'), {
    keys: [key(student)],
  })
  expect(own).toEqual({ data: { _entities: [{ goals: 'Read novels' }] } })
  await startAgain()
})
