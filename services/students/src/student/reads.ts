import { laterThan } from '@classgram/database'
import { badUserInput, forbidden } from '@classgram/errors'
import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import { isPerson, isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { StudentFilter } from '../generated/graphql.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { StudentRow } from '../rows.ts'
import { type StudentRecord, studentColumns } from './loaders.ts'

const mostAsked = 500

/**
 * @throws FORBIDDEN for students whom the viewer has nothing to do with, whether they exist or not:
 * nobody can find out who learns at this school
 */
export async function readStudent(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<StudentRow | null> {
  const { viewer, loaders } = ctx
  const may =
    isStaffOrProgram(viewer) ||
    isPerson(viewer, telegramId) ||
    (await loaders.taughtByViewer.load(telegramId))
  if (!may) throw forbidden('You are not allowed to see this student.')
  return (await loaders.studentByTelegramId.load(telegramId)) ?? null
}

/** @throws FORBIDDEN for programs that ask who learns what without the scope to read it */
export async function readStudents(
  { db, loaders, viewer }: RequestContext,
  { filter, ...args }: PageArgs & { filter?: StudentFilter | null },
) {
  const page = parsePage(args)
  // A filter would tell what the fields themselves do not.
  const asksWhatIsLearnt = filter?.language != null || filter?.level != null
  if (asksWhatIsLearnt && viewer.kind === 'machine' && !viewer.scopes.includes('students:read')) {
    throw forbidden('Filtering by what students learn needs the scope students:read.')
  }
  const students = await db.$queryRaw<StudentRecord[]>`
    SELECT ${studentColumns} FROM students s
    WHERE ${learns(filter)}
      AND ${laterThan(Prisma, Prisma.sql`s.created_at, s.id`, page.after)}
    ORDER BY s.created_at, s.id LIMIT ${page.limit + 1}`
  for (const student of students) loaders.studentByTelegramId.prime(student.telegramId, student)
  return toConnection(students, page)
}

/** @throws BAD_USER_INPUT for more than 500 */
export async function readKnownStudents(
  { db }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<bigint[]> {
  if (telegramIds.length > mostAsked) {
    throw badUserInput('telegramIds', `At most ${mostAsked} people at a time.`)
  }
  const known = await db.$queryRaw<{ telegramId: bigint }[]>`
    SELECT telegram_id AS "telegramId" FROM students
    WHERE telegram_id = ANY(${telegramIds}::bigint[])`
  return known.map(({ telegramId }) => telegramId)
}

function learns(filter: StudentFilter | null | undefined): Prisma.Sql {
  const { language, level } = filter ?? {}
  if (!language && !level) return Prisma.sql`true`
  return Prisma.sql`EXISTS (
    SELECT FROM student_languages l WHERE l.student_telegram_id = s.telegram_id
      ${language ? Prisma.sql`AND l.language = ${language}` : Prisma.empty}
      ${level ? Prisma.sql`AND l.level = ${level}::level` : Prisma.empty}
  )`
}
