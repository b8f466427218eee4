import type { RequestContext } from '../context.ts'
import type { RosterRefusalReason } from '../generated/graphql.ts'
import { type Cells, type PersonColumn, personColumns } from './columns.ts'
import type { Findings } from './findings.ts'
import { mergeCells } from './merge-cells.ts'
import type { RosterLine } from './read-roster.ts'

/** A person as the file tells of them. */
interface Person {
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

/** As many people as sisters take at a time. */
const portionSize = 500

/** People with what all their lines say of them. */
export function gatherPeople(lines: readonly RosterLine[], findings: Findings): Person[] {
  const byPerson = Map.groupBy(lines, ({ cells }) => cells.student_telegram_id)
  byPerson.delete(undefined)
  const people = [...byPerson].flatMap(([telegramId, own]): Person[] => {
    if (telegramId === undefined) return []
    const { values } = mergeCells(own, personColumns, findings)
    return [{ telegramId, values, lines: own.map(({ line }) => line) }]
  })
  refuseShared(people, 'phone', (phone) => phone.replace(/\D/g, ''), 'PHONE_TAKEN', findings)
  refuseShared(people, 'email', (email) => email.toLowerCase(), 'EMAIL_TAKEN', findings)
  return people
}

/** A contact is one person's; auth compares with those it knows, and this with the rest of the file. */
function refuseShared(
  people: readonly Person[],
  column: 'phone' | 'email',
  plain: (contact: string) => string,
  reason: RosterRefusalReason,
  findings: Findings,
): void {
  const firstLine = new Map<string, number>()
  for (const { values, lines } of people) {
    const contact = values[column]
    if (contact === undefined) continue
    const earlier = firstLine.get(plain(contact))
    if (earlier === undefined) firstLine.set(plain(contact), lines[0] ?? 0)
    else {
      const message = `${column}: line ${earlier} gives it to another person.`
      for (const line of lines) findings.refuse(line, reason, message, column)
    }
  }
}

/** A person as auth answers. */
interface RegisteredPerson {
  telegramId: string
  outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'REFUSED'
  role: string
  isActive: boolean
  timezone: string
  refusals: { reason: RosterRefusalReason; field: string; message: string }[]
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
  { isDryRun, onDone }: { isDryRun: boolean; onDone: (count: number) => void },
): Promise<Map<bigint, Standing>> {
  const standing = new Map<bigint, Standing>()
  for (let from = 0; from < people.length; from += portionSize) {
    const portion = people.slice(from, from + portionSize)
    const linesOf = new Map(portion.map(({ telegramId, lines }) => [String(telegramId), lines]))
    const registered = await askAuth(ctx, portion, isDryRun)
    for (const { telegramId, refusals } of registered) {
      for (const { reason, field, message } of refusals) {
        const column = columnOf[field]
        const text = column ? `${column}: ${message}` : message
        for (const line of linesOf.get(telegramId) ?? [])
          findings.refuse(line, reason, text, column)
      }
    }
    const accepted = registered.filter(({ outcome }) => outcome !== 'REFUSED')
    const created = await askStudents(ctx, accepted, isDryRun)
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
    onDone(portion.length)
  }
  return standing
}

async function askAuth(
  { ask }: RequestContext,
  people: readonly Person[],
  isDryRun: boolean,
): Promise<RegisteredPerson[]> {
  const { registerPeople } = await ask<{ registerPeople: { people: RegisteredPerson[] } }>(
    'auth',
    `mutation RegisterPeople($input: RegisterPeopleInput!) {
      registerPeople(input: $input) {
        people { telegramId outcome role isActive timezone refusals { reason field message } }
      }
    }`,
    {
      input: {
        isDryRun,
        people: people.map(({ telegramId, values }) => ({
          telegramId,
          firstName: values.first_name,
          lastName: values.last_name,
          phone: values.phone,
          email: values.email,
          timezone: values.timezone,
        })),
      },
    },
  )
  return registerPeople.people
}

/** @returns by Telegram id, whether the profile is new; of others than students only those that are there */
async function askStudents(
  { ask }: RequestContext,
  people: readonly RegisteredPerson[],
  isDryRun: boolean,
): Promise<Map<string, boolean>> {
  const { registerStudents } = await ask<{
    registerStudents: { students: { telegramId: string; isNew: boolean }[] }
  }>(
    'students',
    `mutation RegisterStudents($input: RegisterStudentsInput!) {
      registerStudents(input: $input) { students { telegramId isNew } }
    }`,
    {
      input: {
        isDryRun,
        students: people.map(({ telegramId, timezone, role }) => ({
          telegramId,
          timezone,
          mayBegin: role === 'STUDENT',
        })),
      },
    },
  )
  return new Map(registerStudents.students.map(({ telegramId, isNew }) => [telegramId, isNew]))
}
