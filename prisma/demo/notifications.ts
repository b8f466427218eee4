import {
  createNightWatch,
  leadMinutesOf,
  type Notice,
  quiet,
  wantsAttendanceNotes,
} from './notices.ts'
import type { Person } from './people.ts'
import { createIds, createRandom, type Random } from './random.ts'
import {
  type Channel,
  createRenderer,
  type Kind,
  type Payload,
  type Template,
  templateRows,
} from './templates.ts'
import { before, earliest } from './time.ts'

type Reachability = 'OK' | 'BLOCKED' | 'DEACTIVATED' | 'NEVER_STARTED'

const refusals: Record<Exclude<Reachability, 'OK'>, string> = {
  BLOCKED: 'Forbidden: bot was blocked by the user',
  DEACTIVATED: 'Forbidden: user is deactivated',
  NEVER_STARTED: "Forbidden: bot can't initiate conversation with a user",
}

/** Rows of the database `notification`. */
export function notificationRows(notices: readonly Notice[], people: readonly Person[], now: Date) {
  const random = createRandom('notification')
  const render = createRenderer()
  const awake = createNightWatch()
  const notification_templates = templateRows(before(now, 300))
  const templateFor = new Map(
    notification_templates.map((row) => [`${row.kind} ${row.channel} ${row.locale}`, row]),
  )
  const template = (kind: Kind, channel: Channel, locale: string): Template => {
    const found = templateFor.get(`${kind} ${channel} ${locale}`)
    if (!found) throw new Error(`no template for ${kind} on ${channel} in ${locale}`)
    return found
  }

  const notificationId = createIds('notifications')
  const logId = createIds('notification_logs')
  const sendings = notices.flatMap((notice) => {
    const { to, kind, payload } = notice
    const sending = planSending(notice, awake(notice.at, notice.to.timezone), now, random)
    if (!sending) return []
    const values: Payload = { ...payload, firstName: to.firstName }
    const web = template(kind, 'WEB', to.speech)
    const fill = (text: string) => render(text, to.speech, to.timezone, values)
    const row = {
      id: notificationId(),
      recipient_telegram_id: to.telegramId,
      kind,
      payload: values,
      title: fill(web.title),
      text: fill(web.body),
      dedup_key: notice.dedupKey,
      ...sending,
    }
    const telegram = template(kind, 'TELEGRAM', to.speech)
    return [{ row, attempts: attemptsOf(row, to, telegram, () => fill(telegram.body), random) }]
  })
  return {
    notification_templates,
    telegram_chats: chatRows(people, now),
    user_notification_settings: settingRows(people),
    notifications: sendings.map(({ row }) => row),
    notification_logs: sendings.flatMap(({ attempts }) =>
      attempts.map((attempt) => ({ id: logId(), ...attempt })),
    ),
  }
}

/** When a notice goes or went out and what became of it; null if it would come too late to be of use. */
function planSending(
  { to, knownAt, expiresAt, isCalledOff }: Notice,
  scheduledAt: Date,
  now: Date,
  random: Random,
) {
  if (expiresAt && expiresAt <= scheduledAt) return null
  const createdAt = earliest(knownAt, scheduledAt)
  const isSent = !isCalledOff && scheduledAt <= now && reachabilityOf(to) === 'OK'
  const sentAt = isSent ? earliest(before(scheduledAt, 0, -random.next()), now) : null
  const isRead = random.chance(0.7)
  const readAt = sentAt && isRead ? before(sentAt, 0, -random.int(1, 300)) : null
  return {
    status: statusOf(scheduledAt, isCalledOff, isSent, now, random),
    scheduled_at: scheduledAt,
    expires_at: expiresAt,
    sent_at: sentAt,
    read_at: readAt && readAt <= now ? readAt : null,
    created_at: createdAt,
    updated_at: sentAt ?? createdAt,
  }
}

function statusOf(
  scheduledAt: Date,
  isCalledOff: boolean,
  isSent: boolean,
  now: Date,
  random: Random,
) {
  if (isCalledOff) return 'CANCELLED'
  if (scheduledAt > now) return 'SCHEDULED'
  if (isSent) return random.chance(0.95) ? 'DELIVERED' : 'SENT'
  return 'FAILED'
}

/** The attempts on Telegram, the last one successful if the notification was sent. */
function attemptsOf(
  row: { id: string; status: string; scheduled_at: Date; sent_at: Date | null },
  to: Person,
  template: Template,
  text: () => string,
  random: Random,
) {
  const attempt = (number: number, createdAt: Date, error: string | null) => ({
    notification_id: row.id,
    channel: template.channel,
    attempt: number,
    template_id: template.id,
    template_version: template.version,
    text: text(),
    provider_message_id: error ? null : String(random.int(1000, 9_999_999)),
    error,
    duration_ms: random.int(40, 400),
    created_at: createdAt,
  })
  const reachability = reachabilityOf(to)
  if (row.status === 'FAILED' && reachability !== 'OK') {
    return [attempt(1, row.scheduled_at, refusals[reachability])]
  }
  if (!row.sent_at) return []
  if (!random.chance(0.03)) return [attempt(1, row.sent_at, null)]
  const busy = attempt(1, row.scheduled_at, 'Too Many Requests: retry after 3')
  return [busy, attempt(2, row.sent_at, null)]
}

/** Most students started the bot and kept it; everybody on the staff did. */
function reachabilityOf({ role, number }: Person): Reachability {
  if (role !== 'STUDENT') return 'OK'
  if (number % 29 === 11) return 'BLOCKED'
  if (number % 41 === 17) return 'NEVER_STARTED'
  return number % 83 === 23 ? 'DEACTIVATED' : 'OK'
}

function chatRows(people: readonly Person[], now: Date) {
  const nextId = createIds('telegram_chats')
  return people.map((person) => ({
    id: nextId(),
    telegram_id: person.telegramId,
    chat_id: person.telegramId,
    reachability: reachabilityOf(person),
    checked_at: before(now, (person.number % 40) / 10),
    created_at: person.joinedAt,
    updated_at: before(now, (person.number % 40) / 10),
  }))
}

/** Quiet nights for everybody; some want one reminder only, some no attendance notes, some news by e-mail weekly. */
function settingRows(people: readonly Person[]) {
  const nextId = createIds('user_notification_settings')
  return people.flatMap((person) => {
    const setting = (kind: Kind, channel: Channel, enabled = true, digest = 'NONE') => ({
      id: nextId(),
      user_telegram_id: person.telegramId,
      kind,
      channel,
      enabled,
      quiet_from: quiet.from,
      quiet_to: quiet.to,
      timezone: person.timezone,
      digest,
      lead_minutes: kind === 'LESSON_REMINDER' ? leadMinutesOf(person) : [],
      created_at: person.joinedAt,
      updated_at: person.joinedAt,
    })
    const settings = [
      setting('LESSON_REMINDER', 'TELEGRAM'),
      setting('ANNOUNCEMENT', 'EMAIL', person.number % 4 !== 3, 'WEEKLY'),
    ]
    return person.role === 'STUDENT'
      ? [...settings, setting('ATTENDANCE_MARKED', 'TELEGRAM', wantsAttendanceNotes(person))]
      : settings
  })
}
