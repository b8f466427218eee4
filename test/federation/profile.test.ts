import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const { people, group, lesson, fillEveningEnglish } = eveningEnglish
const services = readSubgraphs().map((subgraph) => subgraph.name)

const profile = readFileSync(
  join(import.meta.dirname, '../../clients/operations/profile.graphql'),
  'utf8',
)
const range = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' }

describe('the Profile query, answered by six databases', () => {
  let school: TestSchool
  beforeAll(async () => {
    school = await startSchool({ services, gateway: true })
    await fillEveningEnglish(school)
  })
  afterAll(() => school.close())

  const ask = async (viewer: bigint | null, telegramId: bigint) =>
    school.query(viewer === null ? null : await school.signIn(viewer), profile, {
      telegramId,
      ...range,
    })

  const anna = {
    telegramId: String(people.anna),
    firstName: 'Анна',
    role: 'STUDENT',
    timezone: 'Europe/Moscow',
    teacher: null,
    student: {
      languages: [{ language: 'en', level: 'B1' }],
      enrollments: [{ status: 'ACTIVE', group: { id: group, name: 'Evening English' } }],
    },
    groups: [
      {
        id: group,
        name: 'Evening English',
        level: 'B1',
        members: {
          nodes: [
            { student: { user: { firstName: 'Анна' } }, status: 'ACTIVE' },
            { student: { user: { firstName: 'Boris' } }, status: 'ACTIVE' },
          ],
        },
      },
    ],
    lessons: [
      {
        id: lesson,
        startsAt: '2026-03-02T18:00:00.000Z',
        endsAt: '2026-03-02T19:00:00.000Z',
        status: 'COMPLETED',
        title: 'Lesson 1',
        group: { name: 'Evening English' },
        teacher: { user: { firstName: 'Tanya' } },
        participants: [
          {
            response: 'ACCEPTED',
            attendance: { status: 'LATE' },
            student: { user: { firstName: 'Анна' } },
          },
        ],
      },
    ],
    notifications: {
      nodes: [
        {
          kind: 'LESSON_REMINDER',
          status: 'SENT',
          text: 'Lesson 1 begins in an hour.',
          createdAt: '2026-03-02T17:00:00.000Z',
        },
      ],
    },
  }
  const wholeLesson = {
    ...anna.lessons[0],
    participants: [
      ...(anna.lessons[0]?.participants ?? []),
      { response: 'ACCEPTED', attendance: null, student: { user: { firstName: 'Boris' } } },
    ],
  }

  test('a student sees themselves, and classmates by name but not by attendance', async () => {
    expect(await ask(people.anna, people.anna)).toEqual({ data: { user: anna } })
  })

  test('an administrator sees everything', async () => {
    expect(await ask(people.admin, people.anna)).toEqual({
      data: { user: { ...anna, lessons: [wholeLesson] } },
    })
  })

  test("the student's teacher sees all but the student's notifications", async () => {
    const answer = await ask(people.tanya, people.anna)
    expect(answer.data.user).toEqual({ ...anna, lessons: [wholeLesson], notifications: null })
    expect(answer.errors).toEqual([
      {
        message: 'You are not allowed to use User.notifications.',
        path: ['user', 'notifications'],
        extensions: { code: 'FORBIDDEN' },
      },
    ])
  })

  test('a teacher sees their own profile', async () => {
    const answer = await ask(people.tanya, people.tanya)
    expect(answer.errors).toBeUndefined()
    expect(answer.data.user).toMatchObject({
      firstName: 'Tanya',
      teacher: {
        bio: 'Taught in three countries.',
        languages: [{ language: 'en', maxLevel: 'C1' }],
      },
      student: null,
      groups: [{ name: 'Evening English' }],
      lessons: [{ title: 'Lesson 1' }],
    })
  })

  test.each([
    ['a classmate', people.boris, 'FORBIDDEN'],
    ['a student of no group', people.outsider, 'FORBIDDEN'],
    ['a teacher of other groups', people.sam, 'FORBIDDEN'],
    ['somebody without a token', null, 'UNAUTHENTICATED'],
  ])('%s sees nothing', async (_, viewer, code) => {
    const answer = await ask(viewer, people.anna)
    expect(answer.data).toEqual({ user: null })
    expect(answer.errors?.map((error) => error.extensions.code)).toEqual([code])
  })
})

test('the Profile of a member of 500 costs as many SQL statements as that of a member of 5', async () => {
  const countsFor = async (more: bigint[]) => {
    const school = await startSchool({ services, gateway: true })
    try {
      await fillEveningEnglish(school, more)
      const token = await school.signIn(people.admin)
      const variables = { telegramId: people.anna, ...range }
      // The first request also fetches the keys that verify the token.
      await school.query(token, '{ __typename }')
      const counts: Record<string, number> = {}
      for (const service of services) {
        const statements = await school.statements(service, async () => {
          const { data, errors } = await school.query(token, profile, variables)
          expect(errors).toBeUndefined()
          expect(data.user.lessons[0].participants).toHaveLength(more.length + 2)
        })
        counts[service] = statements.length
      }
      return counts
    } finally {
      await school.close()
    }
  }
  const students = Array.from({ length: 498 }, (_, index) => 1_099_600_000_000n + BigInt(index))
  const five = await countsFor(students.slice(0, 3))
  expect(await countsFor(students)).toEqual(five)
  // auth is fetched four times: for the person, the members, the teacher and the participants;
  // groups three times: for the person's groups with members, and for two lists of stubs.
  expect(five).toEqual({
    auth: 4,
    teachers: 1,
    students: 1,
    groups: 4,
    calendar: 1,
    notification: 1,
  })
})
