import type { EventDefinition } from '@classgram/events'
import { groupChanged, membershipChanged } from '@classgram/events/catalog'
import { changedAt, groupVersion, lastChange, memberSince } from './groups.ts'
import { type Group, leftAt } from './membership.ts'

/**
 * What the groups service told of its groups and stays when they last changed, all of it delivered:
 * replaying it makes the read models that the other services are seeded with.
 */
export function groupEventRows(groups: readonly Group[]) {
  return groups
    .flatMap((group) => [
      groupEvent(group),
      ...group.members.map((member) => stayEvent(group, member)),
    ])
    .sort((a, b) => a.occurred_at.getTime() - b.occurred_at.getTime())
}

function groupEvent(group: Group) {
  const { id, name, language, level, status, createdAt } = group
  const { telegramId: teacherTelegramId } = group.taughtBy
  const version = groupVersion(group)
  const payload = { id, name, language, level, status, teacherTelegramId, createdAt, version }
  const row = eventRow(groupChanged, group, changedAt(group), payload)
  return { ...row, person_telegram_id: null }
}

function stayEvent(group: Group, member: Group['members'][number]) {
  const { id, status, invitedAt, joinedAt, version } = member
  const row = eventRow(membershipChanged, group, lastChange(member), {
    id,
    status,
    invitedAt,
    joinedAt,
    version,
    groupId: group.id,
    studentTelegramId: member.student.telegramId,
    leftAt: leftAt(member),
    createdAt: memberSince(member),
  })
  return { ...row, person_telegram_id: member.student.telegramId }
}

function eventRow<Payload>(
  { type, version, payload: schema }: EventDefinition<Payload>,
  { id }: Group,
  occurredAt: Date,
  payload: Payload,
) {
  return {
    aggregate_type: 'group',
    aggregate_id: id,
    type,
    version,
    payload: schema.parse(payload),
    actor: 'system:demo',
    occurred_at: occurredAt,
  }
}
