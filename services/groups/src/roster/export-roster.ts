import { badUserInput } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { ExportRosterInput, ExportRosterPayload } from '../generated/graphql.ts'
import { assertExportable } from './assert-exportable.ts'
import { livingStatuses } from './columns.ts'
import { writeCsv } from './csv.ts'
import { mostGroups, mostLines } from './import-roster.ts'
import { header, readOut } from './read-out.ts'

const rules = z.object({ groupIds: z.array(z.string()).max(mostGroups).nullish() })

/**
 * Groups that are not over, with their members, as a roster.
 *
 * @throws BAD_USER_INPUT for more groups than may be named, or more lines than one answer takes; NOT_FOUND;
 * CONFLICT: `GROUP_CLOSED`; SERVICE_UNAVAILABLE when auth does not answer
 */
export async function exportRoster(
  ctx: RequestContext,
  input: ExportRosterInput,
): Promise<ExportRosterPayload> {
  const { groupIds } = parseInput(rules, input)
  if (groupIds) await assertExportable(ctx, groupIds)
  await assertFits(ctx, groupIds)
  const lines: string[][] = []
  for await (const portion of readOut(ctx, groupIds ?? undefined)) lines.push(...portion)
  const text = writeCsv([header, ...lines], input.separator === 'COMMA' ? ',' : ';')
  return { text, lines: lines.length }
}

/** Before anybody's contacts are asked for: what is not given out leaves no trace. */
async function assertFits(
  { db }: RequestContext,
  groupIds: readonly string[] | null | undefined,
): Promise<void> {
  const [row] = await db.$queryRaw<{ lines: number }[]>`
    SELECT count(*)::int AS lines
    FROM groups g LEFT JOIN group_members m ON m.group_id = g.id AND m.left_at IS NULL
    WHERE g.status::text = ANY(${[...livingStatuses]})
      AND (${groupIds ?? null}::uuid[] IS NULL OR g.id = ANY(${groupIds ?? []}::uuid[]))`
  if ((row?.lines ?? 0) <= mostLines) return
  throw badUserInput(
    'input.groupIds',
    `The roster has ${row?.lines} lines; at most ${mostLines} at a time. ` +
      'Name fewer groups, or use "pnpm school export".',
  )
}
