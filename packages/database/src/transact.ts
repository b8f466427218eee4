import { setTimeout as wait } from 'node:timers/promises'
import { isWriteConflict } from './failures.ts'

/** On whose behalf something is written; the audit log shows both. */
export interface Author {
  /** `user:<telegram id>`, `service:<name>` or `system:<what>`. */
  actor: string
  requestId?: string | undefined
}

/** What this needs of any service's PrismaClient. */
export interface TransactionalClient<Tx> {
  $transaction<R>(
    fn: (tx: Tx) => Promise<R>,
    options?: { maxWait?: number; timeout?: number },
  ): Promise<R>
}

/** What this needs of the client inside a transaction. */
export interface TransactionClient {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

const mostAttempts = 4

/**
 * Runs `fn` in one transaction on behalf of `author`, whom the audit log names. Without it no audited row can be
 * written at all.
 *
 * When Postgres gives up the transaction for another's sake (serialization failure, deadlock) it is run again, up
 * to three times: `fn` must have no effect but through `tx`.
 *
 * @returns what `fn` returns, once committed
 * @throws what `fn` throws, after rolling everything back
 */
export async function transact<Tx extends TransactionClient, R>(
  db: TransactionalClient<Tx>,
  author: Author,
  fn: (tx: Tx) => Promise<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.$transaction(
        async (tx) => {
          await tx.$executeRaw`SELECT set_config('classgram.actor', ${author.actor}, true), set_config('classgram.request_id', ${author.requestId ?? ''}, true)`
          return fn(tx)
        },
        { maxWait: 5_000, timeout: 15_000 },
      )
    } catch (error) {
      if (attempt === mostAttempts || !isWriteConflict(error)) throw error
      await wait(Math.random() * 20 * 2 ** attempt)
    }
  }
}
