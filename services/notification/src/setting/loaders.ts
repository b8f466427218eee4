import { createListLoader } from '@classgram/graphql'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { NotificationSettingRow } from '../rows.ts'

export function createSettingLoaders(db: PrismaClient) {
  return {
    settingsOfPerson: createListLoader<bigint, NotificationSettingRow>(
      (people) => db.$queryRaw<NotificationSettingRow[]>`
        SELECT id, user_telegram_id AS "userTelegramId", kind, channel, enabled,
          quiet_from AS "quietFrom", quiet_to AS "quietTo", timezone, digest,
          lead_minutes AS "leadMinutes", created_at AS "createdAt", updated_at AS "updatedAt"
        FROM user_notification_settings WHERE user_telegram_id = ANY(${people}::bigint[])
        ORDER BY kind, channel`,
      (setting) => setting.userTelegramId,
    ),
  }
}
