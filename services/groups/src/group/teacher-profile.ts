import { conflict } from '@classgram/errors'
import type { Level } from '../generated/graphql.ts'
import type { TeacherProfile } from '../sisters.ts'

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
