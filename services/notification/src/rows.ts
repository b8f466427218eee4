import type { Notification } from './generated/prisma/client.ts'

/** What a resolver gets as the parent of each GraphQL type. */
export type {
  NotificationLog as NotificationLogRow,
  NotificationTemplate as NotificationTemplateRow,
  UserNotificationSetting as NotificationSettingRow,
} from './generated/prisma/client.ts'

/** Without what the template is filled with: nobody reads it here. */
export type NotificationRow = Omit<Notification, 'payload'>

/** A person is known here by the Telegram id alone; the rest belongs to other services. */
export interface UserRow {
  telegramId: bigint
}
