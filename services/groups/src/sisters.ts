import type { AskSister } from '@classgram/server/subgraph'
import DataLoader from 'dataloader'
import type { RequestContext } from './context.ts'
import type { Level } from './generated/graphql.ts'

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

/** Whether there is such a student. */
export function studentExists(
  { ask, knownStudents }: RequestContext,
  telegramId: bigint,
): Promise<boolean> {
  return knownStudents.load({ ask, telegramId })
}

const mostStudentsAsked = 100

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
      const ids = [...new Set(questions.map(({ telegramId }) => String(telegramId)))]
      const parameters = ids.map((_, i) => `$s${i}: TelegramID!`).join(', ')
      const fields = ids.map((_, i) => `s${i}: student(telegramId: $s${i}) { telegramId }`)
      // Who came last has the most time left.
      const answer = questions
        .at(-1)
        ?.ask<Record<string, { telegramId: string } | null>>(
          'students',
          `query StudentsExist(${parameters}) { ${fields.join(' ')} }`,
          Object.fromEntries(ids.map((id, i) => [`s${i}`, id])),
        )
      underWay = Promise.allSettled([underWay, answer])
      const known = new Set(Object.values((await answer) ?? {}).map((one) => one?.telegramId))
      return questions.map(({ telegramId }) => known.has(String(telegramId)))
    },
    {
      cache: false,
      maxBatchSize: mostStudentsAsked,
      batchScheduleFn: (dispatch) => void underWay.then(dispatch),
    },
  )
}
