import { setTimeout as wait } from 'node:timers/promises'
import { isWriteConflict, violatedConstraint } from './failures.ts'

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

/** For each constraint that clients may run into, by name: what to tell them. Asked after the rollback. */
export type Refusals = Record<string, () => Error | Promise<Error>>

const mostAttempts = 4

/** For all attempts together, the waiting for a connection included. */
const deadlineMs = 8_000

/**
 * Runs `fn` in one transaction on behalf of `author`, whom the audit log names. Without it no audited row can be
 * written at all.
 *
 * When Postgres gives up the transaction for another's sake (serialization failure, deadlock) it is run again, up
 * to three times: `fn` must have no effect but through `tx`. After 8 s in all it is over: Postgres itself ends a
 * transaction that is still at it then, in the midst of a statement if need be.
 *
 * @param refusals what a violated constraint means to the client; others stay the errors that they are
 * @returns what `fn` returns, once committed
 * @throws what `fn` throws or a constraint's refusal, after rolling everything back
 */
export async function transact<Tx extends TransactionClient, R>(
  db: TransactionalClient<Tx>,
  author: Author,
  fn: (tx: Tx) => Promise<R>,
  refusals: Refusals = {},
): Promise<R> {
  const deadline = performance.now() + deadlineMs
  const msLeft = () => Math.max(1, Math.round(deadline - performance.now()))
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.$transaction(
        async (tx) => {
          await tx.$executeRaw`SELECT set_config('classgram.actor', ${author.actor}, true), set_config('classgram.request_id', ${author.requestId ?? ''}, true), set_config('transaction_timeout', ${String(msLeft())}, true)`
          return fn(tx)
        },
        { maxWait: msLeft(), timeout: msLeft() },
      )
    } catch (error) {
      const refusal = refusals[violatedConstraint(error) ?? '']
      if (refusal) throw await refusal()
      if (attempt === mostAttempts || !isWriteConflict(error)) throw error
      const pause = Math.random() * 20 * 2 ** attempt
      if (msLeft() <= pause) throw error
      await wait(pause)
    }
  }
}
