import { badUserInput } from '@classgram/errors'
import { z } from 'zod'
import { scalars } from './scalars.ts'

const maxPage = 100
const defaultPage = 20

export interface PageArgs {
  first?: number | null
  after?: string | null
}

/** A page as asked for: `limit` rows that come after the row at this position. */
export interface Page<Sort = Date> {
  limit: number
  after?: Position<Sort>
}

/**
 * Where a row stands in its list: lists are ordered by an instant, what was searched by its rank, and both by
 * id where that is equal.
 */
export interface Position<Sort = Date> {
  sort: Sort
  id: string
}

/** A row of a list that is ordered by creation, as most are. */
interface Created {
  id: string
  createdAt: Date
}

const byCreation = ({ id, createdAt }: Created): Position => ({ sort: createdAt, id })

export interface Connection<Row> {
  nodes: Row[]
  edges: { node: Row; cursor: string }[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
}

const position = <Sort>(sort: z.ZodType<Sort>) => z.tuple([sort, z.uuid()])
const byInstant = position(z.string().transform((text) => scalars.DateTime.parseValue(text)))
const byRank = position(z.int32())

/**
 * @throws BAD_USER_INPUT for a page below 1 or over 100, or a cursor that is none of ours
 */
export function parsePage(args: PageArgs): Page {
  return parse(args, byInstant)
}

/**
 * As `parsePage`, in a list with the best match first: the position is a rank, a whole number.
 *
 * @throws BAD_USER_INPUT, also for a cursor of a list that was not searched
 */
export function parseRankedPage(args: PageArgs): Page<number> {
  return parse(args, byRank)
}

function parse<Sort>({ first, after }: PageArgs, cursor: Cursor<Sort>): Page<Sort> {
  const limit = first ?? defaultPage
  if (limit < 1 || limit > maxPage) {
    throw badUserInput('first', `first must be between 1 and ${maxPage}.`)
  }
  return after == null ? { limit } : { limit, after: decodeCursor(after, cursor) }
}

/**
 * A Relay connection (https://relay.dev/graphql/connections.htm) over the rows of one page.
 *
 * @param rows at most `limit + 1` rows, in order: one more than asked tells that another page follows
 * @param positionOf where a row stands; by default at its creation
 */
export function toConnection<Row extends Created>(rows: Row[], page: Page): Connection<Row>
export function toConnection<Row, Sort>(
  rows: Row[],
  page: Page<Sort>,
  positionOf: (row: Row) => Position<Sort>,
): Connection<Row>
export function toConnection<Row>(
  rows: Row[],
  page: Page<unknown>,
  positionOf: (row: Row) => Position<unknown> = (row) => byCreation(row as Row & Created),
): Connection<Row> {
  const nodes = rows.slice(0, page.limit)
  const edges = nodes.map((node) => ({ node, cursor: encodeCursor(positionOf(node)) }))
  return {
    nodes,
    edges,
    pageInfo: {
      hasNextPage: rows.length > page.limit,
      hasPreviousPage: page.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/**
 * Prisma's condition for the rows behind the page's cursor, in a list ordered by creation.
 *
 * @param direction `gt` for the oldest first, `lt` for the newest first
 */
export function afterCreated({ after }: Pick<Page, 'after'>, direction: 'gt' | 'lt') {
  if (!after) return {}
  return {
    OR: [
      { createdAt: { [direction]: after.sort } },
      { createdAt: after.sort, id: { [direction]: after.id } },
    ],
  }
}

type Cursor<Sort> = z.ZodType<[Sort, string]>

function encodeCursor({ sort, id }: Position<unknown>): string {
  return Buffer.from(JSON.stringify([sort, id])).toString('base64url')
}

function decodeCursor<Sort>(text: string, cursor: Cursor<Sort>): Position<Sort> {
  try {
    const [sort, id] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { sort, id }
  } catch {
    throw badUserInput('after', 'after must be a cursor that an earlier page returned.')
  }
}
