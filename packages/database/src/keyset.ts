/** What this needs of any service's `Prisma`. */
export interface Composer<Sql> {
  sql(strings: TemplateStringsArray, ...values: unknown[]): Sql
}

/** Where a page begins: behind this row. */
interface Position {
  sort: Date
  id: string
}

/**
 * The condition for rows behind a position in a list with the oldest first.
 *
 * @param key the two columns that the list is ordered by, an instant and the id: `created_at, id`
 * @param after undefined for the first page, on which every row may stand
 */
export function laterThan<Sql>(
  composer: Composer<NoInfer<Sql>>,
  key: Sql,
  after: Position | undefined,
): Sql {
  return beyond(composer, key, composer.sql`>`, after)
}

/** As `laterThan`, in a list with the newest first. */
export function earlierThan<Sql>(
  composer: Composer<NoInfer<Sql>>,
  key: Sql,
  after: Position | undefined,
): Sql {
  return beyond(composer, key, composer.sql`<`, after)
}

function beyond<Sql>(
  { sql }: Composer<Sql>,
  key: Sql,
  operator: Sql,
  after: Position | undefined,
): Sql {
  if (!after) return sql`true`
  return sql`(${key}) ${operator} (${after.sort}::timestamptz, ${after.id}::uuid)`
}

/** The condition for rows behind a position in a list with the best match first, where `rank` and `id` are columns. */
export function afterRank<Sql>(
  { sql }: Composer<Sql>,
  after: { sort: number; id: string } | undefined,
): Sql {
  if (!after) return sql`true`
  return sql`(rank < ${after.sort}::int OR rank = ${after.sort}::int AND id > ${after.id}::uuid)`
}
