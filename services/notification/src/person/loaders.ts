import { createRowLoader } from '@classgram/graphql'
import type { PrismaClient, TelegramChat } from '../generated/prisma/client.ts'

export function createPersonLoaders(db: PrismaClient) {
  return {
    chatOfPerson: createRowLoader<bigint, TelegramChat>(
      (people) => db.telegramChat.findMany({ where: { telegramId: { in: [...people] } } }),
      (chat) => chat.telegramId,
    ),
  }
}
