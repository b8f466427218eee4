/** What this needs of any service's PrismaClient. */
export interface AuditReader {
  $queryRawUnsafe<R>(sql: string, ...values: unknown[]): PromiseLike<R>
}

/** Entries that fit all that is given. */
export interface AuditFilter {
  /** The person whom the rows are about. */
  telegramId?: bigint | null | undefined
  actor?: string | null | undefined
  table?: string | null | undefined
  rowId?: string | null | undefined
  /** Included. */
  from?: Date | null | undefined
  /** Excluded. */
  to?: Date | null | undefined
}

/** One change of one row. */
export interface AuditEntry {
  id: string
  actor: string
  action: 'INSERT' | 'UPDATE' | 'DELETE'
  table: string
  rowId: string
  /** The person whom the row is about. */
  telegramId: bigint | null
  /** By column, in the order of their names; empty where the person was erased. */
  changes: { field: string; before: string | null; after: string | null }[]
  requestId: string | null
  createdAt: Date
}

/**
 * A page of the service's audit log, the newest first. Costs one statement. Its text depends on what is asked for,
 * so that each way to ask gets the index that serves it; there are 128 at most.
 *
 * Values are given as text: numbers of 64 bits would not survive JSON. That `updated_at` changed is left out, and so
 * are columns that were empty and stay so.
 *
 * @returns one entry more than `limit` when there are more
 */
export async function readAuditEntries(
  db: AuditReader,
  filter: AuditFilter,
  { limit, after }: { limit: number; after?: { sort: Date; id: string } },
): Promise<AuditEntry[]> {
  const values: unknown[] = []
  const value = (given: unknown, type: string) => `$${values.push(given)}::${type}`
  const conditions = [
    filter.telegramId != null && `person_telegram_id = ${value(filter.telegramId, 'bigint')}`,
    filter.actor != null && `actor = ${value(filter.actor, 'text')}`,
    filter.table != null && `table_name = ${value(filter.table, 'text')}`,
    filter.rowId != null && `row_id = ${value(filter.rowId, 'text')}`,
    filter.from && `created_at >= ${value(filter.from, 'timestamptz')}`,
    filter.to && `created_at < ${value(filter.to, 'timestamptz')}`,
    after && `(created_at, id) < (${value(after.sort, 'timestamptz')}, ${value(after.id, 'uuid')})`,
  ].filter(Boolean)
  return db.$queryRawUnsafe<AuditEntry[]>(
    `SELECT id, actor, action::text, table_name AS "table", row_id AS "rowId",
       person_telegram_id AS "telegramId", changes, request_id AS "requestId",
       created_at AS "createdAt"
     FROM (
       SELECT * FROM audit_log ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
       ORDER BY created_at DESC, id DESC LIMIT ${value(limit + 1, 'int')}
     ) page
     CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('field', field, 'before', old.value, 'after', new.value)
         ORDER BY field COLLATE "C"), '[]') AS changes
       FROM jsonb_each_text(before) AS old (field, value)
         FULL JOIN jsonb_each_text(after) AS new (field, value) USING (field)
       WHERE field <> 'updated_at' AND coalesce(old.value, new.value) IS NOT NULL
     ) changes
     ORDER BY created_at DESC, id DESC`,
    ...values,
  )
}
