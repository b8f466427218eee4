import { conflict, notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import { livingStatuses } from './columns.ts'

/** @throws NOT_FOUND for a group that is not there; CONFLICT `GROUP_CLOSED` for one that is over */
export async function assertExportable(
  { db }: RequestContext,
  groupIds: readonly string[],
): Promise<void> {
  const [wrong] = await db.$queryRaw<{ id: string; status: string | null }[]>`
    SELECT wanted.id, g.status::text AS status
    FROM unnest(${groupIds}::uuid[]) WITH ORDINALITY AS wanted (id, nth)
    LEFT JOIN groups g ON g.id = wanted.id
    WHERE g.id IS NULL OR g.status::text <> ALL(${[...livingStatuses]})
    ORDER BY nth LIMIT 1`
  if (!wrong) return
  const { id, status } = wrong
  if (status === null) throw notFound('group', id)
  throw conflict('GROUP_CLOSED', `The group ${id} is over: a roster has none of these.`, { status })
}
