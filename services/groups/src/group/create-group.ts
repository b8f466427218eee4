import { once, transact } from '@classgram/database'
import { badUserInput, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateGroupInput } from '../generated/graphql.ts'
import type { GroupRow } from '../rows.ts'
import { teacherExists } from '../sisters.ts'
import { capacity, description, name } from './rules.ts'

const rules = z
  .object({ name, description, capacity, startsOn: z.date().nullish(), endsOn: z.date().nullish() })
  .refine(({ startsOn, endsOn }) => !startsOn || !endsOn || endsOn >= startsOn, {
    path: ['endsOn'],
    message: 'must not be before startsOn',
  })

/**
 * Creates a draft group.
 *
 * @throws FORBIDDEN when a teacher creates a group for another teacher
 * @throws BAD_USER_INPUT for a field out of its bounds, or a teacher who does not exist
 */
export async function createGroup(
  ctx: RequestContext,
  input: CreateGroupInput,
): Promise<{ group: GroupRow }> {
  const teacherTelegramId = teacherOf(ctx, input)
  const fields = parseInput(rules, input)
  if (!(await teacherExists(ctx, teacherTelegramId))) {
    throw badUserInput('input.teacherTelegramId', `There is no teacher ${teacherTelegramId}.`)
  }
  const group = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'createGroup', input, {
      create: () =>
        tx.group.create({
          data: { ...fields, language: input.language, level: input.level, teacherTelegramId },
        }),
      find: (id) => tx.group.findUniqueOrThrow({ where: { id } }),
    }),
  )
  return { group }
}

function teacherOf({ viewer }: RequestContext, { teacherTelegramId }: CreateGroupInput): bigint {
  if (viewer.kind !== 'person') throw forbidden()
  if (viewer.role === 'ADMIN') {
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
