import type { AskSister } from '@classgram/server/subgraph'
import DataLoader from 'dataloader'
import { z } from 'zod'
import type { RequestContext } from './context.ts'
import type { Level, RosterRefusalReason } from './generated/graphql.ts'
import { portionsOf } from './portions-of.ts'

/** As many people as a sister answers for at a time. */
export const mostPeopleAsked = 500

/** What a teacher's profile says. */
export interface TeacherProfile {
  status: string
  /** With the levels taught; without levels the teacher speaks a language and does not teach it. */
  languages: { language: string; minLevel: Level | null; maxLevel: Level | null }[]
}

/**
 * Asks the teachers service for a teacher.
 *
 * @returns null when there is no such teacher
 */
export async function findTeacher(
  { ask }: RequestContext,
  telegramId: bigint,
): Promise<TeacherProfile | null> {
  const { teacher } = await ask<{ teacher: TeacherProfile | null }>(
    'teachers',
    `query ProfileOfTeacher($telegramId: TelegramID!) {
      teacher(telegramId: $telegramId) {
        telegramId status languages { language minLevel maxLevel }
      }
    }`,
    { telegramId },
  )
  return teacher
}

/**
 * Asks the teachers service, for many teachers together.
 *
 * @returns the status of their profiles, by Telegram id; who has none is absent
 */
export async function findTeacherStatuses(
  { ask }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<Map<bigint, string>> {
  const statuses = new Map<bigint, string>()
  for (const portion of portionsOf(telegramIds, mostPeopleAsked)) {
    const { knownTeachers } = await ask<{
      knownTeachers: { telegramId: string; status: string }[]
    }>(
      'teachers',
      `query StatusOfTeachers($ids: [TelegramID!]!) {
        knownTeachers(telegramIds: $ids) { telegramId status }
      }`,
      { ids: portion },
    )
    for (const { telegramId, status } of knownTeachers) statuses.set(BigInt(telegramId), status)
  }
  return statuses
}

/** Whether there is such a student. */
export function studentExists(
  { ask, knownStudents }: RequestContext,
  telegramId: bigint,
): Promise<boolean> {
  return knownStudents.load({ ask, telegramId })
}

/** A student to ask for, and on what occasion. */
interface StudentQuestion {
  ask: AskSister
  telegramId: bigint
}

/**
 * Asks the students service, for many requests together: whoever comes while a question is under way
 * is gathered for the next. So a crowd asks a few times and storms nobody.
 */
export function createKnownStudents(): DataLoader<StudentQuestion, boolean> {
  let underWay: Promise<unknown> = Promise.resolve()
  return new DataLoader(
    async (questions) => {
      // Who came last has the most time left.
      const answer = questions
        .at(-1)
        ?.ask<{ knownStudents: string[] }>(
          'students',
          'query KnownStudents($ids: [TelegramID!]!) { knownStudents(telegramIds: $ids) }',
          { ids: [...new Set(questions.map(({ telegramId }) => telegramId))] },
        )
      underWay = Promise.allSettled([underWay, answer])
      const known = new Set((await answer)?.knownStudents)
      return questions.map(({ telegramId }) => known.has(String(telegramId)))
    },
    {
      cache: false,
      maxBatchSize: mostPeopleAsked,
      batchScheduleFn: (dispatch) => void underWay.then(dispatch),
    },
  )
}

/** A person to make known to auth; what is undefined stays as it is. */
export interface PersonToRegister {
  telegramId: bigint
  firstName: string | undefined
  lastName: string | undefined
  phone: string | undefined
  email: string | undefined
  timezone: string | undefined
}

/** A person as auth answers. */
export interface RegisteredPerson {
  telegramId: string
  outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'REFUSED'
  role: string
  isActive: boolean
  timezone: string
  refusals: { reason: RosterRefusalReason; field: string; message: string }[]
}

/** Why auth refuses a person. A roster gives the same reasons. */
export const personRefusalReasons = [
  'BAD_VALUE',
  'MISSING_VALUE',
  'PHONE_TAKEN',
  'EMAIL_TAKEN',
  'USER_ERASED',
  'NOT_A_STUDENT',
] as const satisfies RosterRefusalReason[]

/** A reason that only a later auth knows is told by its sentence: the rest of the answer stays good. */
export const personRefusalReason = z.enum(personRefusalReasons).catch('BAD_VALUE')

/** Makes people known to auth, at most 500 at a time, or asks what would come of it. */
export async function registerInAuth(
  { ask }: RequestContext,
  people: readonly PersonToRegister[],
  isDryRun: boolean,
): Promise<RegisteredPerson[]> {
  type Answered = Omit<RegisteredPerson, 'refusals'> & {
    refusals: { reason: string; field: string; message: string }[]
  }
  const { registerPeople } = await ask<{ registerPeople: { people: Answered[] } }>(
    'auth',
    `mutation RegisterPeople($input: RegisterPeopleInput!) {
      registerPeople(input: $input) {
        people { telegramId outcome role isActive timezone refusals { reason field message } }
      }
    }`,
    { input: { isDryRun, people } },
  )
  return registerPeople.people.map((person) => ({
    ...person,
    refusals: person.refusals.map((refusal) => ({
      ...refusal,
      reason: personRefusalReason.parse(refusal.reason),
    })),
  }))
}

/**
 * Makes profiles of students for people whom auth knows, at most 500 at a time, or asks what would come of it.
 *
 * @returns by Telegram id, whether the profile is new; of others than students only those that are there
 */
export async function registerInStudents(
  { ask }: RequestContext,
  people: readonly RegisteredPerson[],
  isDryRun: boolean,
): Promise<Map<string, boolean>> {
  const { registerStudents } = await ask<{
    registerStudents: { students: { telegramId: string; isNew: boolean }[] }
  }>(
    'students',
    `mutation RegisterStudents($input: RegisterStudentsInput!) {
      registerStudents(input: $input) { students { telegramId isNew } }
    }`,
    {
      input: {
        isDryRun,
        students: people.map(({ telegramId, timezone, role }) => ({
          telegramId,
          timezone,
          mayBegin: role === 'STUDENT',
        })),
      },
    },
  )
  return new Map(registerStudents.students.map(({ telegramId, isNew }) => [telegramId, isNew]))
}

/** A person with their contacts, as auth answers. */
export interface ExportedPerson {
  telegramId: string
  firstName: string
  lastName: string | null
  phone: string | null
  email: string | null
  timezone: string
}

/**
 * Asks auth for names and contacts, for many people together. Auth keeps a record of it.
 *
 * @returns the people by Telegram id; whom auth does not know, or has erased, is absent
 */
export async function exportPeople(
  { ask, viewer }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<Map<bigint, ExportedPerson>> {
  const requestedByTelegramId = viewer.kind === 'person' ? viewer.telegramId : null
  const people = new Map<bigint, ExportedPerson>()
  for (const portion of portionsOf(telegramIds, mostPeopleAsked)) {
    const answer = await ask<{ exportPeople: { people: ExportedPerson[] } }>(
      'auth',
      `mutation ExportPeople($input: ExportPeopleInput!) {
        exportPeople(input: $input) {
          people { telegramId firstName lastName phone email timezone }
        }
      }`,
      { input: { telegramIds: portion, requestedByTelegramId } },
    )
    for (const person of answer.exportPeople.people) people.set(BigInt(person.telegramId), person)
  }
  return people
}
