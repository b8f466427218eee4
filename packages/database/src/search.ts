/**
 * How alike a word that is searched and one in a name must be: the part of their letter triples, 0 to 1, that both
 * have. At 0.3 a word of five letters is found with one left out or mistaken, one of seven with two swapped.
 */
const likeness = 0.3

/** What this needs of any service's `Prisma`. */
interface Composer<Sql> {
  sql(strings: TemplateStringsArray, ...values: unknown[]): Sql
  join(parts: Sql[], separator: string): Sql
}

/**
 * Conditions for a search, to be run by `queryAlike`. Each of the words must be there: within a word of the name, or
 * much like one if it is Latin or Cyrillic; up to three such letters only where a word of the name begins with them.
 *
 * @param key `search_key(…)` of what is searched, exactly as a trigram index has it
 * @param words what is looked for, at least one; without letters nothing is found
 * @returns a condition, and a rank that is a whole number, higher for what fits better
 */
export function searchBy<Sql>(
  { sql, join }: Composer<NoInfer<Sql>>,
  key: Sql,
  words: readonly string[],
) {
  if (words.length === 0) return { isFound: sql`false`, rank: sql`0` }
  // Sub-selects, so that the key of a word is made once per statement and not once per row.
  const conditions = words.map(
    (word) => sql`(
      ${key} LIKE (
        SELECT '%' || CASE WHEN k ~ '^ [a-z0-9]{1,3}$' THEN k ELSE ltrim(k) END || '%'
        FROM search_key(${word}) k WHERE k <> ''
      ) OR ${key} %> (SELECT k FROM search_key(${word}) k WHERE k !~ '^ [a-z0-9]{1,3}$|q')
    )`,
  )
  const likenesses = words.map((word) => sql`word_similarity((SELECT search_key(${word})), ${key})`)
  return {
    isFound: join(conditions, ' AND '),
    rank: sql`(1000 * (${join(likenesses, ' + ')}))::int`,
  }
}

/** The condition for rows behind a position in a list with the best match first, where `rank` and `id` are columns. */
export function afterRank<Sql>(
  { sql }: Pick<Composer<Sql>, 'sql'>,
  after: { sort: number; id: string } | undefined,
): Sql {
  if (!after) return sql`true`
  return sql`(rank < ${after.sort}::int OR rank = ${after.sort}::int AND id > ${after.id}::uuid)`
}

/** What this needs of any service's PrismaClient. */
interface Client<Sql> {
  $transaction<R>(fn: (tx: Transaction<Sql>) => Promise<R>): Promise<R>
}
interface Transaction<Sql> {
  $executeRawUnsafe(query: string): PromiseLike<number>
  $queryRaw<R>(query: Sql): PromiseLike<R>
}

/** Runs a query with conditions of `searchBy`: how alike words must be is a setting of the transaction. */
export function queryAlike<Row, Sql>(db: Client<Sql>, query: Sql): Promise<Row[]> {
  return db.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(`SET LOCAL pg_trgm.word_similarity_threshold = ${likeness}`)
    return tx.$queryRaw<Row[]>(query)
  })
}
