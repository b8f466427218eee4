import { as, insert, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  at,
  clear,
  enrol,
  ivo,
  lea,
  max,
  otherTeacher,
  plan,
  rows,
  startCalendar,
  teach,
  teacher,
  zoe,
} from './fixture.ts'

const running = '01930000-0000-7000-8000-00000000000a'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students', 'groups')
  await enrol(school, [{ id: running, status: 'RUNNING' }])
  await teach(school, teacher, lea, max, zoe)
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const create = (input: Record<string, unknown> = {}, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    'mutation ($input: CreateLessonInput!) { createLesson(input: $input) { lesson { id } } }',
    { input: { title: 'Verbs', startsAt: at(1), endsAt: at(2), timezone: 'UTC', ...input } },
  )
const refusal = async (...args: Parameters<typeof create>) =>
  (await create(...args)).errors?.[0].extensions

describe('a student whom the teacher does not teach', () => {
  const nobody = 5n
  const field = 'input.participantTelegramIds.1'

  test('is refused alike, busy or free, at the school or not', async () => {
    const strangers = [ivo, nobody]
    const ask = () =>
      Promise.all(strangers.map((id) => create({ participantTelegramIds: [lea, id] })))
    const free = await ask()
    await plan(school, { hour: 1, teacher: otherTeacher, students: [ivo] })
    for (const [index, answer] of [...free, ...(await ask())].entries()) {
      const stranger = strangers[index % 2]
      expect(answer.errors?.[0]).toMatchObject({
        message: `You do not teach a student ${stranger}.`,
        extensions: { code: 'BAD_USER_INPUT', field },
      })
    }
    expect(await rows(school, 'SELECT id FROM lessons')).toHaveLength(1)
  })

  test('is booked by an administrator, if there is such a student', async () => {
    const book = (...participantTelegramIds: bigint[]) =>
      create({ teacherTelegramId: teacher, participantTelegramIds }, as.admin())
    const refused = { code: 'BAD_USER_INPUT', field }
    expect((await book(ivo, nobody)).errors?.[0].extensions).toEqual(refused)
    expect((await book(ivo)).errors).toBeUndefined()
  })
})

describe('nobody is booked twice', () => {
  test('the teacher', async () => {
    const other = await plan(school, { hour: 0.5 })
    expect(await refusal()).toEqual({
      code: 'CONFLICT',
      reason: 'TEACHER_BUSY',
      conflictsWith: { startsAt: at(0.5), endsAt: at(1.5), lessonId: other },
    })
  })

  test('the group', async () => {
    await plan(school, { hour: 0.5, teacher: otherTeacher, columns: { group_id: running } })
    expect(await refusal({ groupId: running })).toEqual({
      code: 'CONFLICT',
      reason: 'GROUP_BUSY',
      conflictsWith: { startsAt: at(0.5), endsAt: at(1.5) },
    })
  })

  test('a student', async () => {
    const other = await plan(school, { hour: 1.5, teacher: otherTeacher, students: [max] })
    const busy = {
      code: 'CONFLICT',
      reason: 'STUDENT_BUSY',
      conflictsWith: { studentTelegramId: String(max), startsAt: at(1.5), endsAt: at(2.5) },
    }
    const input = { participantTelegramIds: [lea, max, zoe] }
    expect(await refusal(input)).toEqual(busy)
    // Nothing of the attempt is left: not even the two who had time.
    expect(await rows(school, 'SELECT id FROM lessons')).toHaveLength(1)
    expect(await rows(school, 'SELECT id FROM lesson_participants')).toHaveLength(1)
    expect(await refusal({ ...input, teacherTelegramId: teacher }, as.admin())).toEqual({
      ...busy,
      conflictsWith: { ...busy.conflictsWith, lessonId: other },
    })
  })

  test('lessons that are cancelled, declined or only touch are not in the way', async () => {
    await plan(school, { hour: 0, students: [lea] })
    await plan(school, { hour: 2, students: [lea] })
    await plan(school, { hour: 1, students: [lea], columns: { status: 'CANCELLED' } })
    const declined = await plan(school, { hour: 1, teacher: otherTeacher, students: [lea] })
    await school.ask(
      'calendar',
      as.student(lea),
      'mutation ($id: UUID!) { respondToLesson(input: { lessonId: $id, response: DECLINED }) { lesson { id } } }',
      { id: declined },
    )
    expect((await create({ participantTelegramIds: [lea] })).errors).toBeUndefined()
  })

  const race = async (act: (i: number) => ReturnType<typeof create>, reason: string) => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => act(i)))
    const refusals = answers.flatMap((answer) => answer.errors?.[0].extensions ?? [])
    expect(refusals).toHaveLength(19)
    for (const { code, reason: given, conflictsWith } of refusals) {
      expect({ code, reason: given }).toEqual({ code: 'CONFLICT', reason })
      expect(conflictsWith).toMatchObject({ startsAt: at(1), endsAt: at(2) })
    }
    expect(await rows(school, 'SELECT id FROM lessons')).toHaveLength(1)
  }

  test('of 20 lessons of one teacher at once, one is planned', () =>
    race(() => create(), 'TEACHER_BUSY'))

  test('of 20 lessons of the same students at once, one is planned', async () => {
    const teachers = Array.from({ length: 20 }, (_, i) => 4_000_000_000n + BigInt(i))
    const profiles = teachers.map((telegram_id) => ({ telegram_id, status: 'ACTIVE' }))
    await insert(school.database('teachers'), 'teachers', ...profiles)
    await Promise.all(teachers.map((telegramId) => teach(school, telegramId, lea, max)))
    // Named in two orders, they would end in deadlocks if nobody took turns.
    for (let round = 0; round < 5; round++) {
      await clear(school)
      await race((i) => {
        const participantTelegramIds = i % 2 ? [lea, max] : [max, lea]
        return create({ participantTelegramIds }, as.teacher(teachers[i] ?? 0n))
      }, 'STUDENT_BUSY')
    }
  })
})
