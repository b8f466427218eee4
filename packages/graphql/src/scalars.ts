import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'

const maxTelegramId = 2n ** 63n - 1n

const TelegramID = scalar<bigint, string>('TelegramID', {
  parse(value) {
    if (typeof value === 'string' ? !/^[1-9]\d{0,18}$/.test(value) : !Number.isSafeInteger(value)) {
      return undefined
    }
    const id = BigInt(value as string | number)
    return id > 0n && id <= maxTelegramId ? id : undefined
  },
  serialize: String,
  expected: 'a positive whole number as a string, like "4294967301"',
})

const rfc3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

const DateTime = scalar<Date, string>('DateTime', {
  parse(value) {
    const match = typeof value === 'string' ? rfc3339.exec(value) : null
    if (!match || !isCalendarDay(match[1] ?? '') || Number(match[2]) > 23) return undefined
    const instant = new Date(match[0])
    return isStorable(instant) ? instant : undefined
  },
  serialize: (instant) => instant.toISOString(),
  expected: 'an instant with offset, like "2026-11-20T18:30:00Z"',
})

const DateScalar = scalar<Date, string>('Date', {
  parse(value) {
    if (typeof value !== 'string' || !isCalendarDay(value)) return undefined
    const day = new Date(`${value}T00:00:00Z`)
    return isStorable(day) ? day : undefined
  },
  serialize: (day) => day.toISOString().slice(0, 10),
  expected: 'a day, like "2026-11-20"',
})

const LocalTime = scalar<Date, string>('LocalTime', {
  parse: (value) =>
    typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value)
      ? new Date(`1970-01-01T${value}:00Z`)
      : undefined,
  serialize: (time) => time.toISOString().slice(11, 16),
  expected: 'a time of day, like "18:30"',
})

const TimeZone = scalar<string, string>('TimeZone', {
  parse(value) {
    if (typeof value !== 'string' || !/^(UTC|[A-Z][\w+-]*(\/[\w+-]+)+)$/.test(value))
      return undefined
    try {
      const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions()
      // Spelt as the database spells it; but an alias stays what it is.
      return timeZone.toLowerCase() === value.toLowerCase() ? timeZone : value
    } catch {
      return undefined
    }
  },
  serialize: String,
  expected: 'an IANA time zone, like "Europe/Moscow"',
})

const LanguageTag = scalar<string, string>('LanguageTag', {
  parse(value) {
    if (typeof value !== 'string' || !/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(value))
      return undefined
    try {
      return Intl.getCanonicalLocales(value)[0]
    } catch {
      return undefined
    }
  },
  serialize: String,
  expected: 'a BCP 47 language tag, like "en" or "pt-BR"',
})

const UUID = scalar<string, string>('UUID', {
  parse: (value) =>
    typeof value === 'string' &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)
      ? value.toLowerCase()
      : undefined,
  serialize: String,
  expected: 'a UUID',
})

/** For answers only: nothing takes it as input, so literals are not parsed. */
const JsonScalar = new GraphQLScalarType<unknown, unknown>({ name: 'JSON' })

/** Resolvers of the scalars in `common.graphql`: a `Date` at midnight UTC stands for a `Date`. */
export const scalars = {
  TelegramID,
  DateTime,
  Date: DateScalar,
  LocalTime,
  TimeZone,
  LanguageTag,
  UUID,
  JSON: JsonScalar,
}

/** Postgres has no year 0, and an offset can lead there, or out of four digits. */
function isStorable(instant: Date): boolean {
  const year = instant.getUTCFullYear()
  return year >= 1 && year <= 9999
}

function isCalendarDay(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** `parse` gives undefined for a value that does not fit; the client then gets `BAD_USER_INPUT`. */
function scalar<Internal, External>(
  name: string,
  rule: {
    parse: (value: unknown) => Internal | undefined
    serialize: (value: Internal) => External
    expected: string
  },
) {
  const parse = (value: unknown, node?: ValueNode) => {
    const parsed = rule.parse(value)
    if (parsed !== undefined) return parsed
    throw new GraphQLError(`${name} must be ${rule.expected}.`, {
      nodes: node,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  return new GraphQLScalarType<Internal, External>({
    name,
    parseValue: (value) => parse(value),
    parseLiteral: (node) => parse(literal(node), node),
    serialize: (value) => rule.serialize(value as Internal),
  })
}

/** An integer literal keeps all its digits as text: a number would round it above 2^53. */
function literal(node: ValueNode): unknown {
  return node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined
}
