import { createListLoader } from '@classgram/graphql'
import type { PrismaClient, UserNotificationSetting } from '../generated/prisma/client.ts'

export function createSettingLoaders(db: PrismaClient) {
  return {
    settingsOfPerson: createListLoader<bigint, UserNotificationSetting>(
      (people) =>
        db.userNotificationSetting.findMany({
          where: { userTelegramId: { in: [...people] } },
          orderBy: [{ kind: 'asc' }, { channel: 'asc' }],
        }),
      (setting) => setting.userTelegramId,
    ),
  }
}
