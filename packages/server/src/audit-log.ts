import {
  type AuditEntry,
  type AuditFilter,
  type AuditReader,
  readAuditEntries,
} from '@classgram/database'
import { type PageArgs, parseInput, parsePage, toConnection } from '@classgram/graphql'
import { z } from 'zod'

const Filter = z
  .custom<AuditFilter>()
  .refine(({ table, rowId }) => rowId == null || table != null, {
    path: ['rowId'],
    message: 'needs `table`: ids are ids of a table',
  })

/** An entry as the graph shows it: people are given by their key. */
export interface AuditEntryRow extends AuditEntry {
  user: { telegramId: bigint } | null
  actorUser: { telegramId: bigint } | null
}

/**
 * A page of a service's audit log, the newest first.
 *
 * @throws BAD_USER_INPUT for a row without its table, a page or a cursor that is none
 */
export async function readAuditLog(
  db: AuditReader,
  { filter, ...args }: PageArgs & { filter?: AuditFilter | null },
) {
  const page = parsePage(args)
  const asked = parseInput(Filter, filter ?? {}, 'filter')
  const entries = await readAuditEntries(db, asked, page)
  const rows = entries.map(
    (entry): AuditEntryRow => ({
      ...entry,
      user: entry.telegramId === null ? null : { telegramId: entry.telegramId },
      actorUser: personOf(entry.actor),
    }),
  )
  return toConnection(rows, page)
}

/** The person behind an author like `user:4294967301`. */
function personOf(actor: string): { telegramId: bigint } | null {
  const telegramId = /^user:(\d+)$/.exec(actor)?.[1]
  return telegramId === undefined ? null : { telegramId: BigInt(telegramId) }
}
