import { parsePage, toConnection } from '@classgram/graphql'
import type {
  GroupInvitationResolvers,
  GroupResolvers,
  MutationResolvers,
} from '../generated/graphql.ts'
import { acceptGroupInvitation } from './accept-group-invitation.ts'
import { createGroupInvitation } from './create-group-invitation.ts'
import { revokeGroupInvitation } from './revoke-group-invitation.ts'

export const invitationResolvers = {
  Mutation: {
    createGroupInvitation: (_, { input }, ctx) => createGroupInvitation(ctx, input),
    revokeGroupInvitation: (_, { input }, ctx) => revokeGroupInvitation(ctx, input),
    acceptGroupInvitation: (_, { input }, ctx) => acceptGroupInvitation(ctx, input),
  } satisfies MutationResolvers,

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
