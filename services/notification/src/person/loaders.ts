import { createRowLoader } from '@classgram/graphql'
import type { PrismaClient, TelegramChat } from '../generated/prisma/client.ts'

type Chat = Pick<TelegramChat, 'telegramId' | 'reachability'>

export function createPersonLoaders(db: PrismaClient) {
  return {
    chatOfPerson: createRowLoader<bigint, Chat>(
      (people) => db.$queryRaw<Chat[]>`
        SELECT telegram_id AS "telegramId", reachability FROM telegram_chats
        WHERE telegram_id = ANY(${people}::bigint[])`,
      (chat) => chat.telegramId,
    ),
  }
}
