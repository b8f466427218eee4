import { serviceUnavailable } from '@classgram/errors'
import { bulkhead } from 'cockatiel'
import type { Connection } from './connect.ts'
import type { Composer } from './keyset.ts'

/**
 * How alike a word that is searched and one in a name must be: the part of their letter triples, 0 to 1, that both
 * have; a setting of every connection, because indexes serve only an operator that takes it from there.
 *
 * At 0.3 a word is found with a letter left out if four stay, with another in its place if it has five, and with two
 * swapped if it has nine, all counted in `search_key`, before and after. Of names written with five letters or more
 * 94 in 100 are found with one left out and 98 in 100 with another in its place, of those with seven or more 96 in 100
 * with two swapped. The rest is lost because its key is shorter, without ь and doubled letters: `горь`, for Игорь, has
 * three letters there and is taken for a beginning. At 0.25 the swaps and half of the mistaken letters are found, but
 * no omission more, and by words of six or seven letters two to four times as many people: by "Марина" a third.
 */
export const likenessSetting = 'pg_trgm.word_similarity_threshold=0.3'

interface Joiner<Sql> extends Composer<Sql> {
  join(parts: Sql[], separator: string): Sql
}

/**
 * Conditions for a search, on a connection of `connect`. Each of the words must be there: within a word of the name, or
 * much like one if it is Latin or Cyrillic; up to three such letters only where a word of the name begins with them.
 *
 * @param key `search_key(…)` of what is searched, exactly as a trigram index has it
 * @param words what is looked for, at least one; without letters nothing is found
 * @returns a condition, and a rank that is a whole number, higher for what fits better
 */
export function searchBy<Sql>(
  { sql, join }: Joiner<NoInfer<Sql>>,
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

/** Who waits for a search, and until when. */
interface Waiting {
  clock: () => Date
  answerBy?: Date
}

/** Runs a search as soon as it is its turn, and gives back what it found. */
export type SearchInTurn = <Found>(who: Waiting, search: () => PromiseLike<Found>) => Promise<Found>

/**
 * A line for the searches of a process. One that finds very many keeps its connection for long, and a crowd of
 * them would leave none to anybody else: half of the connections are never theirs.
 *
 * @param service who says SERVICE_UNAVAILABLE to a search that nobody waits for any more by its turn
 */
export function createSearchLine(
  service: string,
  { pool }: Pick<Connection, 'pool'>,
): SearchInTurn {
  const atOnce = Math.max(1, Math.floor(pool.options.max / 2))
  const line = bulkhead(atOnce, Number.POSITIVE_INFINITY)
  return ({ clock, answerBy }, search) =>
    line.execute(() => {
      if (answerBy && answerBy <= clock()) throw serviceUnavailable(service)
      return search()
    })
}
