import { type Answer, insert, startSchool, type TestSchool } from '@classgram/test/kit'

export const student = 4_503_599_627_370_497n
export const classmate = student + 1n
export const nobody = student + 1_000n
export const teacher = 4_294_967_301n
export const otherTeacher = 4_294_967_302n
export const group = '01930000-0000-7000-8000-000000000001'

/** A student with two languages, two stays and a history, in a group of `teacher`; and a classmate. */
export async function startWithStudents(services: string[] = []): Promise<TestSchool> {
  const school = await startSchool({ services: ['students', 'groups', ...services] })
  const students = school.database('students')
  await insert(
    students,
    'students',
    {
      telegram_id: student,
      goals: 'Read novels',
      timezone: 'Europe/Moscow',
      communication_language: 'ru',
      staff_notes: 'Shy',
      created_at: '2026-01-01T00:00:00Z',
    },
    {
      telegram_id: classmate,
      goals: 'Travel',
      timezone: 'UTC',
      communication_language: 'en',
      staff_notes: null,
      created_at: '2026-01-02T00:00:00Z',
    },
  )
  await insert(
    students,
    'student_languages',
    { student_telegram_id: student, language: 'en', level: 'B1', target_level: 'C1' },
    { student_telegram_id: student, language: 'pt-BR', level: 'A1', target_level: null },
    { student_telegram_id: classmate, language: 'en', level: 'A2', target_level: null },
  )
  await insert(
    students,
    'group_enrollments',
    ...[
      { status: 'LEFT', joined_at: '2026-01-05T10:00:00Z', left_at: '2026-02-05T10:00:00.250Z' },
      { status: 'ACTIVE', joined_at: '2026-03-05T10:00:00Z', left_at: null },
    ].map((stay, index) => ({
      id: `01930000-0000-7000-8000-00000000010${index}`,
      group_id: group,
      student_telegram_id: student,
      source_version: 1,
      occurred_at: '2026-03-05T10:00:00Z',
      created_at: `2026-03-05T10:00:0${index}Z`,
      ...stay,
    })),
  )
  await insert(
    students,
    'level_assessments',
    ...['A1', 'A2', 'B1'].map((level, index) => ({
      student_telegram_id: student,
      language: 'en',
      previous_level: ['A1', 'A2', 'B1'][index - 1] ?? null,
      level,
      reason: `Test ${index + 1}`,
      assessed_by_telegram_id: teacher,
      assessed_at: `2026-0${index + 1}-01T00:00:00Z`,
    })),
    {
      student_telegram_id: student,
      language: 'pt-BR',
      previous_level: null,
      level: 'A1',
      reason: null,
      assessed_by_telegram_id: student,
      assessed_at: '2026-01-15T00:00:00Z',
    },
  )
  const groups = school.database('groups')
  await insert(groups, 'groups', {
    id: group,
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: teacher,
    capacity: 8,
    status: 'RUNNING',
  })
  await insert(groups, 'group_members', {
    group_id: group,
    student_telegram_id: student,
    status: 'ACTIVE',
    joined_at: '2026-03-05T10:00:00Z',
  })
  return school
}

export const entities = (fields: string) =>
  `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Student { ${fields} } } }`
export const key = (telegramId: bigint) => ({
  __typename: 'Student',
  telegramId: String(telegramId),
})

/** The codes of an answer's errors. */
export const codes = ({ errors }: Answer) => errors?.map((error) => error.extensions.code)
