import type { MutationResolvers, QueryResolvers } from '../generated/graphql.ts'
import { readTemplates } from './reads.ts'
import { saveNotificationTemplate } from './save-notification-template.ts'

export const templateResolvers = {
  Query: {
    notificationTemplates: (_, args, ctx) => readTemplates(ctx, args),
  } satisfies QueryResolvers,

  Mutation: {
    saveNotificationTemplate: (_, { input }, ctx) => saveNotificationTemplate(ctx, input),
  } satisfies MutationResolvers,
}
