import { z } from 'zod'

/** A Telegram id: a bigint here, decimal text on the wire. */
export const telegramId = z.coerce.bigint<string | bigint>().positive()

/** An instant: a Date here, RFC 3339 on the wire. */
export const instant = z.coerce.date<string | Date>()

/** A level of the Common European Framework of Reference. */
export const level = z.enum(['A1', 'A2', 'B1', 'B2', 'C1', 'C2'])
