import { badUserInput, conflict } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { Level } from '../generated/graphql.ts'
import { findTeacher, type TeacherProfile } from '../sisters.ts'

/**
 * Asks for the profile of who is to teach a group.
 *
 * @throws BAD_USER_INPUT for a teacher who does not exist; CONFLICT: `TEACHER_NOT_ACTIVE`
 */
export async function findNewTeacher(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<TeacherProfile> {
  const teacher = await findTeacher(ctx, telegramId)
  if (teacher === null) {
    throw badUserInput('input.teacherTelegramId', `There is no teacher ${telegramId}.`)
  }
  assertActive(teacher)
  return teacher
}

/**
 * @param teacher null when there is none any more
 * @throws CONFLICT `TEACHER_NOT_ACTIVE`
 */
export function assertActive(teacher: TeacherProfile | null): void {
  if (teacher?.status === 'ACTIVE') return
  throw conflict('TEACHER_NOT_ACTIVE', 'This teacher does not teach at the moment.', {
    status: teacher?.status ?? null,
  })
}

/**
 * A language stands for its varieties, too: who teaches `en` teaches `en-GB`.
 *
 * @param teacher null when there is none any more
 * @throws CONFLICT `NOT_IN_TEACHER_PROFILE` unless the teacher's profile has the language at this level
 */
export function assertTeaches(
  teacher: TeacherProfile | null,
  { language, level }: { language: string; level: Level },
): void {
  const taught = (teacher?.languages ?? []).filter(
    (one) => `${language}-`.startsWith(`${one.language}-`) && one.minLevel && one.maxLevel,
  )
  // Names of levels sort as the levels do.
  if (taught.some(({ minLevel, maxLevel }) => `${minLevel}` <= level && level <= `${maxLevel}`)) {
    return
  }
  throw conflict(
    'NOT_IN_TEACHER_PROFILE',
    `The teacher's profile has no ${language} at ${level}; an administrator can still set it.`,
    { teaches: taught },
  )
}
