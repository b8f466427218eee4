import { scalars } from '@classgram/graphql'
import { z } from 'zod'
import { capacity, name } from '../group/rules.ts'

/** As a scalar of the graph reads it. */
function scalar<Value>(type: { parseValue: (given: unknown) => Value }) {
  return z.string().transform((text, context): Value => {
    try {
      return type.parseValue(text)
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : 'is not acceptable')
      return z.NEVER
    }
  })
}

/** One of some names, in small letters or capitals. */
function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(names, `must be one of ${names.join(', ')}`))
}

const telegramId = z
  .string()
  // A number this long is shown so by spreadsheets, and saved as it is shown: its digits are lost.
  .regex(
    /^[^.,]*$/,
    'is not a Telegram id any more: format the column as text before you fill it in',
  )
  .pipe(scalar(scalars.TelegramID))

/** A day as ISO 8601 has it, or as spreadsheets in much of Europe save it: `20.11.2026`. */
const day = z
  .string()
  .transform((text) => text.replace(/^(\d\d)\.(\d\d)\.(\d{4})$/, '$3-$2-$1'))
  .pipe(scalar(scalars.Date))

/** What belongs to other services is judged by them. */
const text = z.string()

/** What a group takes members in, in the order of its life. */
export const livingStatuses = ['DRAFT', 'OPEN', 'RUNNING'] as const
export const stayStatuses = ['ACTIVE', 'PAUSED', 'WAITLISTED', 'INVITED'] as const

/** Columns about the group, each with how its cells are read. */
const ofGroup = {
  group_id: scalar(scalars.UUID),
  group: name,
  teacher_telegram_id: telegramId,
  language: scalar(scalars.LanguageTag),
  level: oneOf(['A1', 'A2', 'B1', 'B2', 'C1', 'C2']),
  capacity: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(capacity),
  group_status: oneOf(livingStatuses),
  starts_on: day,
  ends_on: day,
}

/** Columns about the person. */
const ofPerson = {
  first_name: text,
  last_name: text,
  phone: text,
  email: text,
  timezone: scalar(scalars.TimeZone),
}

/** Every column, in the order in which an export has them. */
export const columns = {
  ...ofGroup,
  student_telegram_id: telegramId,
  ...ofPerson,
  member_status: oneOf(stayStatuses),
}

export type Column = keyof typeof columns
export type GroupColumn = keyof typeof ofGroup
export type PersonColumn = keyof typeof ofPerson

export const columnNames = Object.keys(columns) as Column[]
export const columnsOfGroup = Object.keys(ofGroup) as GroupColumn[]
export const columnsOfPerson = Object.keys(ofPerson) as PersonColumn[]

/** The cells of a line that are filled in, as read. */
export type Cells = { [Name in Column]?: z.output<(typeof columns)[Name]> }

export function isColumn(text: string): text is Column {
  return Object.hasOwn(columns, text)
}
