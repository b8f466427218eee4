import type { PersonKey } from '../rows.ts'

/** The gateway sends keys as they stand in JSON: a Telegram id is text there, and a bigint here. */
const personOfReference = ({ telegramId }: { telegramId: string | bigint }): PersonKey => ({
  telegramId: BigInt(telegramId),
})

export const personResolvers = {
  User: { __resolveReference: personOfReference },
  Teacher: { __resolveReference: personOfReference },
  Student: { __resolveReference: personOfReference },
}
