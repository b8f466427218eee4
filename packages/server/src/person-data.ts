import { forbidden } from '@classgram/errors'
import type { SubgraphRequest } from './subgraph.ts'

/** What every service owes the people it knows. */
export interface PersonData<Context> {
  /** Everything stored about the person, by table; what is sealed in the clear. */
  read: (ctx: Context, telegramId: bigint) => Promise<Record<string, unknown>>
  /**
   * Removes it, or takes the person out of what others rely on. It may end anywhere: repeating it does
   * no harm, and what is left goes then. Who has much to remove does a part of it, lest whoever asks
   * gives up waiting.
   */
  erase: (ctx: Context, telegramId: bigint) => Promise<ErasedData>
}

/** What came of one request to erase a person. */
export interface ErasedData {
  /** How many rows were touched, by table. */
  rows: Record<string, number>
  /** Whether nothing is left; otherwise ask again. */
  isDone: boolean
}

interface Whom {
  telegramId: bigint
}

/** Adds to a subgraph's resolvers what is the same in all: the answers to auth about one person. */
export function withPersonData<Context extends SubgraphRequest>(
  resolvers: { Query?: object; Mutation?: object },
  { read, erase }: PersonData<Context>,
) {
  const assertAuth = ({ viewer }: Context) => {
    if (viewer.kind !== 'service' || viewer.name !== 'auth') throw forbidden('Only auth may ask.')
  }
  return {
    ...resolvers,
    Query: {
      ...resolvers.Query,
      personData(_: unknown, { telegramId }: Whom, ctx: Context) {
        assertAuth(ctx)
        return read(ctx, telegramId)
      },
    },
    Mutation: {
      ...resolvers.Mutation,
      erasePersonData(_: unknown, { input }: { input: Whom }, ctx: Context) {
        assertAuth(ctx)
        return erase(ctx, input.telegramId)
      },
    },
  }
}
