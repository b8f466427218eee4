import { courseAim, unitOf } from './courses.ts'
import { type Lesson, lessonChangedAt, lessonVersion } from './lessons.ts'
import { type Group, leftAt, type Member } from './membership.ts'
import type { Person } from './people.ts'
import { createIds, createRandom, demoTokenHash, type Random } from './random.ts'
import { before, earliest } from './time.ts'
import { localDate } from './timetable.ts'

/** Rows of the database `groups`; its `group_lessons` repeat what the database `calendar` says. */
export function groupsRows(groups: readonly Group[], lessons: readonly Lesson[], now: Date) {
  const random = createRandom('groups')
  const invitations = groups.flatMap((group) => invitationsOf(group, now))
  const invitationId = createIds('group_invitations')
  const rows = invitations.map(({ members, ...invitation }) => ({
    id: invitationId(),
    ...invitation,
  }))
  const invitedBy = new Map(
    invitations.flatMap(({ members }, index) =>
      members.map((member) => [member.id, rows[index]?.id ?? null] as const),
    ),
  )
  return {
    groups: groups.map((group) => ({
      id: group.id,
      name: group.name,
      description: courseAim(group.level, group.taughtBy.speech),
      language: group.language,
      level: group.level,
      teacher_telegram_id: group.taughtBy.telegramId,
      capacity: group.capacity,
      status: group.status,
      starts_on: group.timetable?.startsOn ?? null,
      ends_on: group.timetable?.endsOn ?? null,
      version: groupVersion(group),
      created_at: group.createdAt,
      updated_at: changedAt(group),
    })),
    group_invitations: rows,
    group_members: groups.flatMap((group) =>
      group.members.map((member) => ({
        id: member.id,
        group_id: group.id,
        student_telegram_id: member.student.telegramId,
        status: member.status,
        waiting_position: member.waitingPosition,
        invitation_id: invitedBy.get(member.id) ?? null,
        invited_at: member.invitedAt,
        joined_at: member.joinedAt,
        left_at: leftAt(member),
        version: member.version,
        created_at: memberSince(member),
        updated_at: lastChange(member),
      })),
    ),
    group_progress: progressRows(groups, lessons, now, random),
    group_lessons: lessons
      .filter(({ startsAt }) => startsAt > before(now, 1))
      .flatMap((lesson) => groupLessonRow(lesson)),
  }
}

function groupLessonRow(lesson: Lesson) {
  const { id, group, startsAt, status, teacher, createdAt } = lesson
  if (!group) return []
  return [
    {
      id,
      group_id: group.id,
      weekday: localDate(startsAt, teacher.timezone).dayOfWeek,
      starts_at: startsAt,
      is_scheduled: status === 'SCHEDULED',
      source_version: lessonVersion(lesson),
      created_at: createdAt,
      updated_at: lessonChangedAt(lesson),
    },
  ]
}

/** The group's last change; the teachers' read model shows the same. */
export function changedAt({ createdAt, status }: Group): Date {
  const days = { DRAFT: 0, OPEN: 10, RUNNING: 52, FINISHED: 77, ARCHIVED: 130 }[status]
  return before(createdAt, -days)
}

export function groupVersion({ status }: Group): number {
  return { DRAFT: 1, OPEN: 2, RUNNING: 3, FINISHED: 4, ARCHIVED: 5 }[status]
}

/** The stay's last change; the students' read model shows the same. */
export function lastChange(member: Member): Date {
  return member.stoppedAt ?? member.joinedAt ?? memberSince(member)
}

export function memberSince({ invitedAt, joinedAt, student }: Member): Date {
  return invitedAt ?? joinedAt ?? before(student.joinedAt, -0.5)
}

interface Invitation {
  group_id: string
  token_hash: Uint8Array
  expires_at: Date
  max_uses: number
  used_count: number
  addressee_telegram_id: bigint | null
  needs_approval: boolean
  revoked_at: Date | null
  created_by_telegram_id: bigint
  created_at: Date
  updated_at: Date
  members: Member[]
}

/** The link that filled the group, a personal one for each who is still invited, and a few odd ones. */
function invitationsOf(group: Group, now: Date): Invitation[] {
  const invitation = (
    kind: string,
    createdAt: Date,
    days: number,
    rest: Partial<Invitation> = {},
  ): Invitation => ({
    group_id: group.id,
    token_hash: demoTokenHash(`invitation ${group.number} ${kind}`),
    expires_at: before(createdAt, -days),
    max_uses: 1,
    used_count: 0,
    addressee_telegram_id: null,
    needs_approval: false,
    revoked_at: null,
    created_by_telegram_id: group.taughtBy.telegramId,
    created_at: createdAt,
    updated_at: createdAt,
    members: [],
    ...rest,
  })
  if (group.status === 'DRAFT') return []
  const used = group.members.filter(({ invitedAt, joinedAt }) => invitedAt && joinedAt)
  const stillInvited = group.members.filter(({ status }) => status === 'INVITED')
  const link = invitation('link', before(group.createdAt, -1), group.status === 'OPEN' ? 110 : 45, {
    max_uses: 20,
    used_count: used.length,
    members: used,
    needs_approval: group.number % 5 === 2,
  })
  const personal = stillInvited.map((member) =>
    invitation(`to ${member.student.number}`, member.invitedAt ?? now, 14, {
      addressee_telegram_id: member.student.telegramId,
      members: [member],
    }),
  )
  const odd = []
  if (group.number % 6 === 1) {
    odd.push(invitation('revoked', before(now, 10), 30, { revoked_at: before(now, 9) }))
  }
  if (group.number % 4 === 0 && group.status === 'RUNNING') {
    odd.push(invitation('current', before(now, 5), 30, { max_uses: 5 }))
  }
  return [link, ...personal, ...odd]
}

const notes = {
  ru: ['Уверенно пользуется новой лексикой', 'Нужно больше говорить', 'Заметный рост за неделю'],
  en: ['Uses the new words with ease', 'Should speak up more', 'Clearly better than last week'],
}

/** Per finished unit (two lessons) of a group: one row for the whole group and one for each who took part. */
function progressRows(
  groups: readonly Group[],
  lessons: readonly Lesson[],
  now: Date,
  random: Random,
) {
  const nextId = createIds('group_progress')
  return groups.flatMap((group) => {
    const own = lessons.filter((lesson) => lesson.group === group)
    return own.flatMap((last, index) => {
      if (index % 2 === 0 || last.endsAt > now || last.status !== 'COMPLETED') return []
      const { unit, topic } = unitOf(index, group.taughtBy.speech)
      const recordedAt = earliest(before(last.endsAt, 0, -60), now)
      const row = (student: Person | null, percentage: number) => ({
        id: nextId(),
        group_id: group.id,
        student_telegram_id: student?.telegramId ?? null,
        unit,
        topic,
        percentage,
        score: student ? Math.round(percentage * 0.9) / 10 : null,
        note: student && random.chance(0.2) ? random.pick(notes[student.speech]) : null,
        recorded_by_telegram_id: group.taughtBy.telegramId,
        recorded_at: recordedAt,
        created_at: recordedAt,
        updated_at: recordedAt,
      })
      const each = last.participants.map((student) => row(student, random.int(55, 100)))
      const sum = each.reduce((total, { percentage }) => total + percentage, 0)
      return each.length === 0 ? [] : [row(null, Math.round(sum / each.length)), ...each]
    })
  })
}
