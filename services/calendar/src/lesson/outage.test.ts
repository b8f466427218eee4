import { as, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, lea, plan, rows, startCalendar, teacher } from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())

const mutations = [
  [
    'createLesson',
    'CreateLessonInput',
    { title: 'Verbs', startsAt: at(1), endsAt: at(2), timezone: 'UTC', idempotencyKey: 'k' },
    'teachers',
  ],
  [
    'createTeacherSchedule',
    'CreateTeacherScheduleInput',
    { weekday: 1, localFrom: '09:00', localTo: '12:00', timezone: 'UTC', validFrom: '2027-01-01' },
    'teachers',
  ],
  [
    'createTeacherAbsence',
    'CreateTeacherAbsenceInput',
    { startsAt: at(1), endsAt: at(2) },
    'teachers',
  ],
  ['addLessonParticipant', 'AddLessonParticipantInput', { studentTelegramId: lea }, 'groups'],
] as const

test.each(mutations)(
  'while a sister is away %s writes nothing',
  async (name, type, input, sister) => {
    const lessonId = await plan(school, {
      hour: 30 + mutations.findIndex((one) => one[0] === name),
    })
    const answer = await school.ask(
      'calendar',
      as.teacher(teacher),
      `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`,
      { input: name === 'addLessonParticipant' ? { ...input, lessonId } : input },
    )
    expect(answer.errors?.[0].extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: sister })
    expect(await rows(school, `SELECT * FROM audit_log WHERE actor <> 'system:test'`)).toEqual([])
    expect(await rows(school, 'SELECT * FROM idempotency_keys')).toEqual([])
  },
)
