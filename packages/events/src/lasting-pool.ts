import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

const retryMs = 500

/**
 * Connections for Graphile Worker. It notes the end of a job without a look at whether that works: if the
 * database is lost in that moment, the rejection is nobody's and ends the process. So whoever connects
 * waits until the database is there, and a note that is lost is only reported: a job that seems to run for
 * ever harms nobody, since any other may take its stream.
 * Whoever still asks for a connection when the pool has ended gets none, and no error either.
 */
export function createLastingPool(
  config: pg.PoolConfig,
  onError: (error: unknown) => void,
): pg.Pool {
  const pool = new pg.Pool(config)
  pool.on('error', onError)
  pool.on('connect', (client) => {
    // The pool hears of idle clients only, and whoever uses one hears of it by the query that fails.
    client.on('error', () => {})
    forgiveLostNotes(client, onError)
  })
  const connect = pool.connect.bind(pool)
  const connectAtLast = async () => {
    for (;;) {
      try {
        return await connect()
      } catch {
        if (pool.ending) return new Promise<never>(() => {})
        await wait(retryMs, undefined, { ref: false })
      }
    }
  }
  pool.connect = ((callback?: Parameters<typeof connect>[0]) =>
    callback ? connect(callback) : connectAtLast()) as typeof pool.connect
  return pool
}

function forgiveLostNotes(client: pg.PoolClient, onError: (error: unknown) => void): void {
  client.query = new Proxy(client.query, {
    apply(query, self, args: unknown[]) {
      const result = Reflect.apply(query, self, args)
      const [statement] = args as [{ name?: string } | undefined]
      if (!/^(complete|fail)_job\//.test(statement?.name ?? '')) return result
      return (result as unknown as Promise<unknown>).catch((error: unknown) => {
        onError(error)
        return { rows: [], rowCount: 0 }
      })
    },
  })
}
