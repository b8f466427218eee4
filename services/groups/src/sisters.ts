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

const mostStudentsAsked = 500

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
      maxBatchSize: mostStudentsAsked,
      batchScheduleFn: (dispatch) => void underWay.then(dispatch),
    },
  )
}
