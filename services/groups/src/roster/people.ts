import type { RequestContext } from '../context.ts'
import type { RosterRefusalReason } from '../generated/graphql.ts'
import { portionsOf } from '../portions-of.ts'
import {
  mostPeopleAsked,
  type PersonToRegister,
  registerInAuth,
  registerInStudents,
} from '../sisters.ts'
import { type Cells, columnsOfPerson, type PersonColumn } from './columns.ts'
import type { Findings } from './findings.ts'
import { mergeCells } from './merge-cells.ts'
import type { RosterLine } from './read-roster.ts'

/** A person as the file tells of them. */
export interface Person {
  telegramId: bigint
  lines: number[]
  values: Pick<Cells, PersonColumn>
}

/** What a person is at the school, or would be after an import. */
export interface Standing {
  role: string
  isActive: boolean
  /** Whether they had a student's profile before. */
  isStudent: boolean
  outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED'
}

/** Puts together what all their lines say of people, and refuses what contradicts itself. */
export function gatherPeople(lines: readonly RosterLine[], findings: Findings): Person[] {
  const byPerson = Map.groupBy(lines, ({ cells }) => cells.student_telegram_id)
  byPerson.delete(undefined)
  const people = [...byPerson].flatMap(([telegramId, own]): Person[] => {
    if (telegramId === undefined) return []
    const { values } = mergeCells(own, columnsOfPerson, findings)
    return [{ telegramId, values, lines: own.map(({ line }) => line) }]
  })
  refuseShared(people, 'phone', (phone) => phone.replace(/[\s().-]/g, ''), 'PHONE_TAKEN', findings)
  refuseShared(people, 'email', (email) => email.trim().toLowerCase(), 'EMAIL_TAKEN', findings)
  return people
}

/** Whether lines tell the same of a person as others do. */
export function hasSameValues(one: Person, other: Person | undefined): boolean {
  return columnsOfPerson.every((name) => one.values[name] === other?.values[name])
}

/** Refuses lines about a person alone who is no student. */
export function refuseOthers(
  lines: readonly RosterLine[],
  standing: ReadonlyMap<bigint, Standing>,
  findings: Findings,
): void {
  for (const { line, cells } of lines) {
    refuseOther(standing.get(cells.student_telegram_id ?? 0n), line, findings)
  }
}

/** Refuses a line about somebody who is no student. */
export function refuseOther(person: Standing | undefined, line: number, findings: Findings): void {
  if (!person || person.role === 'STUDENT' || person.isStudent) return
  const message = 'This person is no student but has another role at the school.'
  findings.refuse(line, 'NOT_A_STUDENT', message, 'student_telegram_id')
}

/**
 * A contact is one person's. Auth judges that, a portion at a time; this compares all of the file.
 *
 * @param plain writes a contact as auth does, before it judges
 */
function refuseShared(
  people: readonly Person[],
  column: 'phone' | 'email',
  plain: (contact: string) => string,
  reason: RosterRefusalReason,
  findings: Findings,
): void {
  const firstLine = new Map<string, number>()
  for (const { values, lines } of people) {
    const contact = plain(values[column] ?? '')
    if (contact === '') continue
    const earlier = firstLine.get(contact)
    if (earlier === undefined) firstLine.set(contact, lines[0] ?? 0)
    else {
      const message = `${column}: line ${earlier} gives it to another person.`
      for (const line of lines) findings.refuse(line, reason, message, column)
    }
  }
}

const columnOf: Record<string, PersonColumn> = {
  firstName: 'first_name',
  lastName: 'last_name',
  phone: 'phone',
  email: 'email',
  timezone: 'timezone',
}

/**
 * Makes people and their students' profiles known to the services that keep them, in portions, or asks what
 * would come of it. Doing it again changes nothing.
 *
 * @param onDone is told how many were done
 * @returns what the people are then; who was refused is not among them
 * @throws SERVICE_UNAVAILABLE
 */
export async function registerPeople(
  ctx: RequestContext,
  people: readonly Person[],
  findings: Findings,
  { isDryRun, onDone }: { isDryRun: boolean; onDone?: (count: number) => void },
): Promise<Map<bigint, Standing>> {
  const standing = new Map<bigint, Standing>()
  for (const portion of portionsOf(people, mostPeopleAsked)) {
    const linesOf = new Map(portion.map(({ telegramId, lines }) => [String(telegramId), lines]))
    const registered = await registerInAuth(ctx, portion.map(toRegister), isDryRun)
    for (const { telegramId, refusals } of registered) {
      for (const { reason, field, message } of refusals) {
        const column = columnOf[field]
        const text = column ? `${column}: ${message}` : message
        for (const line of linesOf.get(telegramId) ?? [])
          findings.refuse(line, reason, text, column)
      }
    }
    const accepted = registered.filter(({ outcome }) => outcome !== 'REFUSED')
    const created = await registerInStudents(ctx, accepted, isDryRun)
    for (const { telegramId, outcome, role, isActive } of accepted) {
      const isStudent = created.get(telegramId) === false
      standing.set(BigInt(telegramId), {
        role,
        isActive,
        isStudent,
        outcome:
          outcome === 'UNCHANGED' && created.get(telegramId) === true
            ? 'UPDATED'
            : (outcome as Standing['outcome']),
      })
    }
    onDone?.(portion.length)
  }
  return standing
}

function toRegister({ telegramId, values }: Person): PersonToRegister {
  return {
    telegramId,
    firstName: values.first_name,
    lastName: values.last_name,
    phone: values.phone,
    email: values.email,
    timezone: values.timezone,
  }
}
