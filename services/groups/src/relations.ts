import type { Relations } from '@classgram/graphql'
import { isPerson, isTeacher } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { GroupMemberRow, GroupRow, PersonKey } from './rows.ts'

const isSelf = ({ telegramId }: PersonKey, { viewer }: RequestContext) =>
  isPerson(viewer, telegramId)

/** Judged by the groups that are read anyway for most fields behind this rule. */
const teaches = async ({ telegramId }: PersonKey, { viewer, loaders }: RequestContext) => {
  if (viewer.kind !== 'person' || viewer.role !== 'TEACHER') return false
  const groups = await loaders.groupsOfPerson.load(telegramId)
  return groups.some(
    ({ isMember, teacherTelegramId, status }) =>
      isMember &&
      isTeacher(viewer, teacherTelegramId) &&
      (status === 'OPEN' || status === 'RUNNING'),
  )
}

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  Group: {
    OWN_TEACHER: (group: GroupRow, { viewer }) => isTeacher(viewer, group.teacherTelegramId),
    PARTICIPANT: (group: GroupRow, { loaders }) => loaders.viewerIsMember.load(group.id),
  },
  GroupMember: {
    SELF: ({ studentTelegramId }: GroupMemberRow, { viewer }) =>
      isPerson(viewer, studentTelegramId),
    OWN_TEACHER: async ({ groupId }: GroupMemberRow, { viewer, loaders }) => {
      const group = await loaders.groupById.load(groupId)
      return group !== undefined && isTeacher(viewer, group.teacherTelegramId)
    },
  },
  User: { SELF: isSelf, OWN_TEACHER: teaches },
  Student: { SELF: isSelf, OWN_TEACHER: teaches },
}
