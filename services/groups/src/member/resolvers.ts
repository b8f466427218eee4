import type {
  GroupMemberResolvers,
  GroupResolvers,
  MutationResolvers,
  StudentResolvers,
} from '../generated/graphql.ts'
import { readGroup } from '../group/reads.ts'
import { addGroupMember } from './add-group-member.ts'
import { leaveGroup } from './leave-group.ts'
import { moveGroupMember } from './move-group-member.ts'
import { readMembers } from './reads.ts'
import { respondToGroupInvitation } from './respond-to-group-invitation.ts'
import { respondToSeatOffer } from './respond-to-seat-offer.ts'
import { updateGroupMember } from './update-group-member.ts'

export const memberResolvers = {
  Mutation: {
    addGroupMember: (_, { input }, ctx) => addGroupMember(ctx, input),
    updateGroupMember: (_, { input }, ctx) => updateGroupMember(ctx, input),
    moveGroupMember: (_, { input }, ctx) => moveGroupMember(ctx, input),
    leaveGroup: (_, { input }, ctx) => leaveGroup(ctx, input),
    respondToGroupInvitation: (_, { input }, ctx) => respondToGroupInvitation(ctx, input),
    respondToSeatOffer: (_, { input }, ctx) => respondToSeatOffer(ctx, input),
  } satisfies MutationResolvers,

  Group: {
    members: (group, args, ctx) => readMembers(ctx, group, args),
  } satisfies GroupResolvers,

  Student: {
    pendingStays: ({ telegramId }, _, { loaders }) => loaders.pendingStays.load(telegramId),
  } satisfies StudentResolvers,

  GroupMember: {
    group: (member, _, ctx) => readGroup(ctx, member.groupId),
    student: (member) => ({ telegramId: member.studentTelegramId }),
    states: ({ id }, _, { loaders }) => loaders.memberStates.load(id),
    movedFrom: async ({ movedFromId }, _, { loaders }) =>
      movedFromId === null ? null : ((await loaders.memberById.load(movedFromId)) ?? null),
    seatOffer: ({ offeredAt, offerExpiresAt: expiresAt }) =>
      offeredAt && expiresAt ? { offeredAt, expiresAt } : null,
  } satisfies GroupMemberResolvers,
}
