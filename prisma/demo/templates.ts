import { type Formatters, IntlMessageFormat } from 'intl-messageformat'
import type { Speech } from './names.ts'
import { createIds } from './random.ts'

export type Kind =
  | 'LESSON_REMINDER'
  | 'LESSON_SCHEDULED'
  | 'LESSON_RESCHEDULED'
  | 'LESSON_CANCELLED'
  | 'ATTENDANCE_MARKED'
  | 'PROGRESS_RECORDED'
  | 'GROUP_INVITATION'
  | 'WAITLIST_OFFER'
  | 'ANNOUNCEMENT'
export type Channel = 'TELEGRAM' | 'EMAIL' | 'WEB'

/** What a template is filled with: texts, numbers, and instants as RFC 3339 under a name that ends in `At`. */
export type Payload = Record<string, string | number>

interface Wording {
  sign: string
  en: { title: string; body: string }
  ru: { title: string; body: string }
}

const when = '{startsAt, date, long}, {startsAt, time, short}'
const present = '{status, select, PRESENT {present} LATE {late} EXCUSED {excused} other {absent}}'
const presentRu =
  '{status, select, PRESENT {вы были на занятии} LATE {опоздание} EXCUSED {уважительная причина} other {пропуск}}'
const minutes = '{minutes, plural, =60 {an hour} =1440 {a day} one {# minute} other {# minutes}}'
const minutesRu =
  '{minutes, plural, =60 {час} =1440 {сутки} one {# минуту} few {# минуты} many {# минут} other {# минуты}}'

const wordings: Record<Kind, Wording> = {
  LESSON_REMINDER: {
    sign: '⏰',
    en: { title: `Lesson in ${minutes}`, body: `“{lesson}” starts in ${minutes}: ${when}.` },
    ru: {
      title: `Занятие через ${minutesRu}`,
      body: `«{lesson}» начнётся через ${minutesRu}: ${when}.`,
    },
  },
  LESSON_SCHEDULED: {
    sign: '📅',
    en: { title: 'New lesson', body: `“{lesson}” is planned for ${when}.` },
    ru: { title: 'Новое занятие', body: `Запланировано занятие «{lesson}»: ${when}.` },
  },
  LESSON_RESCHEDULED: {
    sign: '🔁',
    en: {
      title: 'Lesson moved',
      body: `“{lesson}” has moved from {previousStartsAt, date, long}, {previousStartsAt, time, short} to ${when}.`,
    },
    ru: {
      title: 'Занятие перенесено',
      body: `Занятие «{lesson}» перенесено: было {previousStartsAt, date, long}, {previousStartsAt, time, short}, теперь ${when}.`,
    },
  },
  LESSON_CANCELLED: {
    sign: '❌',
    en: { title: 'Lesson cancelled', body: `“{lesson}” on ${when} will not take place: {reason}.` },
    ru: { title: 'Занятие отменено', body: `Занятие «{lesson}» (${when}) не состоится: {reason}.` },
  },
  ATTENDANCE_MARKED: {
    sign: '✅',
    en: { title: 'Attendance marked', body: `“{lesson}”, {startsAt, date, long}: ${present}.` },
    ru: { title: 'Посещение отмечено', body: `«{lesson}», {startsAt, date, long}: ${presentRu}.` },
  },
  PROGRESS_RECORDED: {
    sign: '📈',
    en: { title: 'Your progress', body: '{group}, {unit}: {percentage}%.' },
    ru: { title: 'Ваш прогресс', body: '{group}, {unit}: {percentage}%.' },
  },
  GROUP_INVITATION: {
    sign: '✉️',
    en: {
      title: 'Invitation to a group',
      body: 'You are invited to “{group}”. Please answer by {expiresAt, date, long}.',
    },
    ru: {
      title: 'Приглашение в группу',
      body: 'Вас приглашают в группу «{group}». Ответьте до {expiresAt, date, long}.',
    },
  },
  WAITLIST_OFFER: {
    sign: '🎉',
    en: {
      title: 'A seat for you',
      body: 'A seat in “{group}” is free. It is kept for you until {expiresAt, date, long}, {expiresAt, time, short}.',
    },
    ru: {
      title: 'Для вас есть место',
      body: 'В группе «{group}» освободилось место. Мы держим его для вас до {expiresAt, date, long}, {expiresAt, time, short}.',
    },
  },
  ANNOUNCEMENT: {
    sign: '📣',
    en: { title: '{title}', body: '{text}' },
    ru: { title: '{title}', body: '{text}' },
  },
}

const channels: readonly Channel[] = ['TELEGRAM', 'EMAIL', 'WEB']
const speeches: readonly Speech[] = ['en', 'ru']

/** Rows of `notification_templates`: each kind on each channel in each language. */
export function templateRows(createdAt: Date) {
  const nextId = createIds('notification_templates')
  const kinds = Object.keys(wordings) as Kind[]
  return kinds.flatMap((kind) =>
    channels.flatMap((channel) =>
      speeches.map((locale) => ({
        id: nextId(),
        kind,
        channel,
        locale,
        version: 1,
        title: wordings[kind][locale].title,
        body: bodyFor(channel, locale, wordings[kind]),
        is_active: true,
        created_at: createdAt,
        updated_at: createdAt,
      })),
    ),
  )
}

export type Template = ReturnType<typeof templateRows>[number]

function bodyFor(channel: Channel, locale: Speech, wording: Wording): string {
  const { body } = wording[locale]
  if (channel === 'WEB') return body
  if (channel === 'TELEGRAM') return `${wording.sign} ${body}`
  return locale === 'ru'
    ? `Здравствуйте, {firstName}!\n\n${body}\n\nВаша школа`
    : `Hello {firstName},\n\n${body}\n\nYour school`
}

/** Fills templates in as the service does: with dates and hours of the reader's zone, `<` being text like any other. */
export function createRenderer(): (
  text: string,
  locale: string,
  zone: string,
  payload: Payload,
) => string {
  const formats = new Map<string, IntlMessageFormat>()
  const formatters = sharedFormatters()
  return (text, locale, zone, payload) => {
    const key = `${locale} ${zone} ${text}`
    let format = formats.get(key)
    if (!format) {
      format = new IntlMessageFormat(text, locale, inZone(zone), {
        formatters,
        ignoreTag: true,
      })
      formats.set(key, format)
    }
    const values = Object.entries(payload).map(([name, value]) => [
      name,
      name.endsWith('At') ? new Date(value) : value,
    ])
    return String(format.format(Object.fromEntries(values)))
  }
}

function inZone(timeZone: string) {
  return {
    date: { long: { timeZone, weekday: 'long', month: 'long', day: 'numeric' } },
    time: { short: { timeZone, hour: 'numeric', minute: 'numeric' } },
  } as const
}

/** One formatter for all messages that want the same: making one takes longer than using it a hundred times. */
function sharedFormatters(): Formatters {
  const dates = new Map<string, Intl.DateTimeFormat>()
  const numbers = new Map<string, Intl.NumberFormat>()
  const plurals = new Map<string, Intl.PluralRules>()
  return {
    getDateTimeFormat: (...args) => remember(dates, args, () => new Intl.DateTimeFormat(...args)),
    getNumberFormat: (locale, options) =>
      remember(
        numbers,
        [locale, options],
        () => new Intl.NumberFormat(locale, options as Intl.NumberFormatOptions),
      ),
    getPluralRules: (...args) => remember(plurals, args, () => new Intl.PluralRules(...args)),
  }
}

function remember<T>(known: Map<string, T>, args: unknown[], make: () => T): T {
  const key = JSON.stringify(args)
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}
