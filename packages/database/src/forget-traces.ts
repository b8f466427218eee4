/** What this needs of the client inside a transaction. */
interface ForgettingTransaction {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

/**
 * Removes what is kept about a person beside a service's own tables: the keys of their requests,
 * the events about them, told or not, and what the audit log shows of rows about them. That there
 * were such changes stays in it.
 *
 * Comes last in an erasure's transaction: what the erasure itself changed is in the log by then.
 *
 * @returns how many rows went, by table
 */
export async function forgetTraces(
  tx: ForgettingTransaction,
  telegramId: bigint,
): Promise<{ idempotency_keys: number; outbox_events: number }> {
  const keys = await tx.$executeRaw`
    DELETE FROM idempotency_keys WHERE actor = ${`user:${telegramId}`}`
  const events = await tx.$executeRaw`
    DELETE FROM outbox_events WHERE person_telegram_id = ${telegramId}`
  await tx.$executeRaw`SELECT audit_forget(${telegramId})`
  return { idempotency_keys: keys, outbox_events: events }
}
