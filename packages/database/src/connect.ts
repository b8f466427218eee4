import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

/** How a service connects to its database. */
export interface ConnectOptions {
  /** Most connections at a time. */
  max: number
  /** Shown in `pg_stat_activity`. */
  applicationName?: string
  /** Called with the text of each statement sent, BEGIN and COMMIT included. For tests that count. */
  onStatement?: (sql: string) => void
  /** Called when an idle connection breaks; the pool replaces it by itself. */
  onError?: (error: Error) => void
}

/** A service's way to its database: `new PrismaClient({ adapter })`, or the pool itself for plain SQL. */
export interface Connection {
  adapter: PrismaPg
  pool: pg.Pool
  close(): Promise<void>
}

/** Beyond these, a statement is planned anew each time: Postgres keeps prepared ones as long as the connection. */
const mostPreparedStatements = 500

/**
 * Opens a pool lazily: nothing connects before the first query.
 *
 * No statement runs longer than 15 s, waits for a lock longer than 5 s, or leaves its transaction idle for 30 s.
 */
export function connect(url: string, options: ConnectOptions): Connection {
  const { onStatement, onError = () => {} } = options
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName ?? 'classgram',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 15_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 30_000,
  })
  pool.on('error', onError)
  if (onStatement) pool.on('connect', (client) => observe(client, onStatement))

  const names = new Map<string, string>()
  const statementNameGenerator = ({ sql }: { sql: string }): string => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= mostPreparedStatements) return ''
    const name = `s${names.size}`
    names.set(sql, name)
    return name
  }
  const adapter = new PrismaPg(pool, { statementNameGenerator, onConnectionError: onError })
  return { adapter, pool, close: () => pool.end() }
}

function observe(client: pg.PoolClient, onStatement: (sql: string) => void): void {
  client.query = new Proxy(client.query, {
    apply(query, self, args: unknown[]) {
      const [statement] = args
      onStatement(typeof statement === 'string' ? statement : (statement as { text: string }).text)
      return Reflect.apply(query, self, args)
    },
  })
}
