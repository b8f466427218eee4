import type { EventDefinition } from '@classgram/events'
import { groupChanged, lessonChanged, membershipChanged } from '@classgram/events/catalog'
import { changedAt, groupVersion, lastChange, memberSince } from './groups.ts'
import { type Lesson, lessonChangedAt, lessonVersion } from './lessons.ts'
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

/** What the calendar service told of its lessons when they last changed, in the same way. */
export function lessonEventRows(lessons: readonly Lesson[]) {
  return lessons
    .map((lesson) => {
      const { id, group, teacher, startsAt, endsAt, status, createdAt } = lesson
      const row = eventRow(lessonChanged, { type: 'lesson', id }, lessonChangedAt(lesson), {
        id,
        groupId: group?.id ?? null,
        teacherTelegramId: teacher.telegramId,
        startsAt,
        endsAt,
        timezone: teacher.timezone,
        status,
        createdAt,
        version: lessonVersion(lesson),
      })
      return { ...row, person_telegram_id: null }
    })
    .sort((a, b) => a.occurred_at.getTime() - b.occurred_at.getTime())
}

function groupEvent(group: Group) {
  const { id, name, language, level, status, createdAt } = group
  const { telegramId: teacherTelegramId } = group.taughtBy
  const version = groupVersion(group)
  const payload = { id, name, language, level, status, teacherTelegramId, createdAt, version }
  const row = eventRow(groupChanged, { type: 'group', id }, changedAt(group), payload)
  return { ...row, person_telegram_id: null }
}

function stayEvent(group: Group, member: Group['members'][number]) {
  const { id, status, invitedAt, joinedAt, version } = member
  const row = eventRow(membershipChanged, { type: 'group', id: group.id }, lastChange(member), {
    id,
    status,
    invitedAt,
    joinedAt,
    version,
    groupId: group.id,
    studentTelegramId: member.student.telegramId,
    leftAt: leftAt(member),
    offerExpiresAt: null,
    createdAt: memberSince(member),
  })
  return { ...row, person_telegram_id: member.student.telegramId }
}

function eventRow<Payload>(
  { type, version, payload: schema }: EventDefinition<Payload>,
  aggregate: { type: string; id: string },
  occurredAt: Date,
  payload: Payload,
) {
  return {
    aggregate_type: aggregate.type,
    aggregate_id: aggregate.id,
    type,
    version,
    payload: schema.parse(payload),
    actor: 'system:demo',
    occurred_at: occurredAt,
  }
}
