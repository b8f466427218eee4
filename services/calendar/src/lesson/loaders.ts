import { createListLoader, createLoaderFamily, createRowLoader } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import DataLoader from 'dataloader'
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts'
import type { LessonRow } from '../rows.ts'
import { isVisible, lessonColumns, type RawLesson, reachesInto, toLessonRow } from './lesson-sql.ts'
import type { Span } from './span.ts'

/** In which part of theirs a person's lessons are asked for. */
export type Part = 'TEACHER' | 'STUDENT' | 'ANY'

const l = Prisma.sql`l`
const p = Prisma.sql`p`

/** What these loaders give is what the viewer may see: lessons that do not exist for them are left out. */
export function createLessonLoaders(db: PrismaClient, viewer: Viewer) {
  const columns = lessonColumns(viewer)
  const visible = isVisible(viewer)
  return {
    lessonById: createRowLoader<string, LessonRow>(
      async (ids) => {
        const lessons = await db.$queryRaw<RawLesson[]>`
          SELECT ${columns} FROM lessons l WHERE l.id = ANY(${ids}::uuid[]) AND ${visible}`
        return lessons.map(toLessonRow)
      },
      (lesson) => lesson.id,
    ),

    /** Lessons of many people that reach into the span, in one statement. */
    lessonsOfPerson: createLoaderFamily(({ part, span }: { part: Part; span: Span }) =>
      createListLoader<bigint, LessonRow & { personTelegramId: bigint }>(
        async (people) => {
          const lessons = await db.$queryRaw<(RawLesson & { personTelegramId: bigint })[]>`
            SELECT person.id AS "personTelegramId", ${columns}
            FROM unnest(${people}::bigint[]) AS person(id)
            CROSS JOIN LATERAL (${idsOf(part, span)}) AS own(id)
            JOIN lessons l ON l.id = own.id
            WHERE ${visible} ORDER BY l.starts_at, l.id`
          return lessons.map(toLessonRow)
        },
        (lesson) => lesson.personTelegramId,
      ),
    ),

    lessonsOfGroup: createLoaderFamily((span: Span) =>
      createListLoader<string | null, LessonRow>(
        async (groups) => {
          const lessons = await db.$queryRaw<RawLesson[]>`
            SELECT ${columns} FROM lessons l
            WHERE l.group_id = ANY(${groups}::uuid[]) AND ${reachesInto(span, l)} AND ${visible}
            ORDER BY l.starts_at, l.id`
          return lessons.map(toLessonRow)
        },
        (lesson) => lesson.groupId,
      ),
    ),

    /**
     * Whether the viewer, a teacher, gives or has given a lesson with the student. Nothing but the
     * viewer's own lessons may be opened by it: it does not end when the teaching does.
     */
    taughtByViewer: new DataLoader<bigint, boolean>(async (students) => {
      if (viewer.kind !== 'person' || viewer.role !== 'TEACHER') return students.map(() => false)
      const rows = await db.$queryRaw<{ id: bigint }[]>`
        SELECT student.id FROM unnest(${students}::bigint[]) AS student(id)
        WHERE EXISTS (
          SELECT FROM lesson_participants p JOIN lessons l ON l.id = p.lesson_id
          WHERE p.student_telegram_id = student.id AND l.teacher_telegram_id = ${viewer.telegramId}
        )`
      const taught = new Set(rows.map((row) => row.id))
      return students.map((student) => taught.has(student))
    }),
  }
}

function idsOf(part: Part, span: Span): Prisma.Sql {
  const given = Prisma.sql`
    SELECT l.id FROM lessons l
    WHERE l.teacher_telegram_id = person.id AND ${reachesInto(span, l)}`
  const taken = Prisma.sql`
    SELECT p.lesson_id FROM lesson_participants p
    WHERE p.student_telegram_id = person.id AND ${reachesInto(span, p)}`
  if (part === 'TEACHER') return given
  return part === 'STUDENT' ? taken : Prisma.sql`${given} UNION ${taken}`
}
