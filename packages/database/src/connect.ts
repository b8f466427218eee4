import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { likenessSetting } from './search.ts'
import { createStatementNames } from './statement-names.ts'

/** How a service connects to its database. */
export interface ConnectOptions {
  /** Most connections at a time. */
  max: number
  /** Shown in `pg_stat_activity`. */
  applicationName?: string
  /** How long to wait for a connection, in milliseconds. Default: 3 s. */
  connectionTimeoutMs?: number
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

/**
 * Opens a pool lazily: nothing connects before the first query.
 *
 * Whoever asks a service gives up after 10 s, so each wait here is shorter than the one around it: 3 s for a lock,
 * 5 s for a statement, 8 s for a transaction (`transact` sees to that), and 3 s for a connection.
 *
 * The session's zone is UTC, whatever the server's is: Prisma's adapter writes instants without an offset, and
 * takes what it reads for UTC.
 */
export function connect(url: string, options: ConnectOptions): Connection {
  const { onStatement, onError = () => {} } = options
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName ?? 'classgram',
    options: `-c timezone=UTC -c ${likenessSetting}`,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 3_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 5_000,
    lock_timeout: 3_000,
    idle_in_transaction_session_timeout: 8_000,
  })
  // A connection that is being closed may well break: the pool has ended before its sockets have.
  pool.on('error', (error) => {
    if (!pool.ending) onError(error)
  })
  if (onStatement) pool.on('connect', (client) => observe(client, onStatement))
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: createStatementNames(),
    onConnectionError: onError,
  })
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
