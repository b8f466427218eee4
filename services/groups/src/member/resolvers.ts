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
import { updateGroupMember } from './update-group-member.ts'

export const memberResolvers = {
  Mutation: {
    addGroupMember: (_, { input }, ctx) => addGroupMember(ctx, input),
    updateGroupMember: (_, { input }, ctx) => updateGroupMember(ctx, input),
    moveGroupMember: (_, { input }, ctx) => moveGroupMember(ctx, input),
    leaveGroup: (_, { input }, ctx) => leaveGroup(ctx, input),
    respondToGroupInvitation: (_, { input }, ctx) => respondToGroupInvitation(ctx, input),
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
    awaitsApproval({ status, joinedAt, invitationId }, _, { loaders }) {
      if (status !== 'WAITLISTED' || joinedAt || !invitationId) return false
      return loaders.linkNeedsApproval.load(invitationId)
    },
  } satisfies GroupMemberResolvers,
}
