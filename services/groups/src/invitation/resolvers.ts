import { parsePage, toConnection } from '@classgram/graphql'
import type { GroupInvitationResolvers, GroupResolvers } from '../generated/graphql.ts'

export const invitationResolvers = {
  Group: {
    async invitations(group, args, { loaders }) {
      const page = parsePage(args)
      const rows = await loaders.invitationPage(page).load(group.id)
      return toConnection(rows, page)
    },
  } satisfies GroupResolvers,

  GroupInvitation: {
    addressee: ({ addresseeTelegramId }) =>
      addresseeTelegramId === null ? null : { telegramId: addresseeTelegramId },
  } satisfies GroupInvitationResolvers,
}
