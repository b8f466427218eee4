import type { RequestContext } from '../context.ts'
import type {
  MutationResolvers,
  NotificationResolvers,
  QueryResolvers,
  UserResolvers,
} from '../generated/graphql.ts'
import { cancelNotification } from './cancel-notification.ts'
import { createNotification } from './create-notification.ts'
import { markNotificationsRead } from './mark-notifications-read.ts'
import { readNotification, readNotificationsOfPerson } from './reads.ts'
import { rescheduleNotification } from './reschedule-notification.ts'

export const notificationResolvers = {
  Query: {
    notification: (_, { id }, ctx) => readNotification(ctx, id),
  } satisfies QueryResolvers,

  Mutation: {
    createNotification: (_, { input }, ctx) => createNotification(ctx, input),
    rescheduleNotification: (_, { input }, ctx) => rescheduleNotification(ctx, input),
    cancelNotification: (_, { input }, ctx) => cancelNotification(ctx, input),
    markNotificationsRead: (_, { input }, ctx) => markNotificationsRead(ctx, input),
  } satisfies MutationResolvers,

  Notification: {
    __resolveReference: ({ id }: { id: string }, ctx: RequestContext) => readNotification(ctx, id),
    recipient: (notification) => ({ telegramId: notification.recipientTelegramId }),
  } satisfies NotificationResolvers,

  User: {
    notifications: ({ telegramId }, args, ctx) => readNotificationsOfPerson(ctx, telegramId, args),
  } satisfies UserResolvers,
}
