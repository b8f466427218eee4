import { once, replay, transact } from '@classgram/database'
import { badUserInput, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateGroupInput } from '../generated/graphql.ts'
import type { GroupRow } from '../rows.ts'
import { capacity, description, name } from './rules.ts'
import { assertTeaches, findNewTeacher } from './teacher-profile.ts'
import { tellGroupChanged } from './tell-group-changed.ts'

const rules = z
  .object({ name, description, capacity, startsOn: z.date().nullish(), endsOn: z.date().nullish() })
  .refine(({ startsOn, endsOn }) => !startsOn || !endsOn || endsOn >= startsOn, {
    path: ['endsOn'],
    message: 'must not be before startsOn',
  })

/**
 * Creates a draft group.
 *
 * @throws FORBIDDEN when a teacher creates a group for another teacher; BAD_USER_INPUT for a field
 * out of its bounds, or a teacher who does not exist; CONFLICT: `TEACHER_NOT_ACTIVE`,
 * `NOT_IN_TEACHER_PROFILE` unless an administrator says so
 */
export async function createGroup(
  ctx: RequestContext,
  input: CreateGroupInput,
): Promise<{ group: GroupRow }> {
  const earlier = await replay(ctx.db, ctx, 'createGroup', input, (id) =>
    ctx.db.group.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { group: earlier }
  const teacherTelegramId = teacherOf(ctx, input)
  const fields = parseInput(rules, input)
  const teacher = await findNewTeacher(ctx, teacherTelegramId)
  const profileWaived = isAdmin(ctx.viewer)
  if (!profileWaived) assertTeaches(teacher, input)
  const group = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'createGroup', input, {
      async create() {
        const created = await tx.group.create({
          data: {
            ...fields,
            language: input.language,
            level: input.level,
            teacherTelegramId,
            profileWaived,
          },
        })
        await tellGroupChanged(tx, ctx, created)
        return created
      },
      find: (id) => tx.group.findUniqueOrThrow({ where: { id } }),
    }),
  )
  return { group }
}

function teacherOf({ viewer }: RequestContext, { teacherTelegramId }: CreateGroupInput): bigint {
  if (viewer.kind !== 'person') throw forbidden()
  if (isAdmin(viewer)) {
    if (teacherTelegramId == null) {
      throw badUserInput('input.teacherTelegramId', 'Say who teaches the group.')
    }
    return teacherTelegramId
  }
  if (teacherTelegramId != null && teacherTelegramId !== viewer.telegramId) {
    throw forbidden('Teachers create groups for themselves only.')
  }
  return viewer.telegramId
}
