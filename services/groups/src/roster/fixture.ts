import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'

export const teacher = 4_294_967_301n
export const otherTeacher = 4_294_967_309n
const suspendedTeacher = 4_294_967_302n
export const administrator = 9_000_000_001n

let lastId = 1_099_511_627_777n

/** A Telegram id that nobody has. */
export const newId = () => lastId++

/** A school with teachers and nobody else. */
export async function startWithTeachers(): Promise<TestSchool> {
  const school = await startSchool({ services: ['auth', 'teachers', 'students', 'groups'] })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: teacher, role: 'TEACHER', first_name: 'Tanya' },
    { telegram_id: suspendedTeacher, role: 'TEACHER', first_name: 'Sam' },
    { telegram_id: administrator, role: 'ADMIN', first_name: 'Vera' },
  )
  await insert(
    school.database('teachers'),
    'teachers',
    { telegram_id: teacher, timezone: 'UTC', status: 'ACTIVE' },
    { telegram_id: otherTeacher, timezone: 'UTC', status: 'ACTIVE' },
    { telegram_id: suspendedTeacher, timezone: 'UTC', status: 'SUSPENDED' },
  )
  return school
}

/** How long an import may take until it comes to what a test waits for: as long as on a busy machine. */
export const soon = { timeout: 20_000 }

const importing = `mutation ($input: ImportRosterInput!) {
  importRoster(input: $input) {
    isDryRun created updated unchanged refused skipped
    lines { line outcome group { id } studentTelegramId skippedForLine refusals { reason column message } }
  }
}`

const exporting = `mutation ($input: ExportRosterInput!) { exportRoster(input: $input) { text lines } }`

export function importText(
  school: TestSchool,
  text: string,
  { isDryRun = false, viewer = as.admin(administrator) } = {},
): Promise<Answer> {
  return school.ask('groups', viewer, importing, { input: { text, isDryRun } })
}

export async function exportText(school: TestSchool, input: object = {}): Promise<string> {
  const { data, errors } = await school.ask('groups', as.admin(administrator), exporting, { input })
  if (errors) throw new Error(JSON.stringify(errors))
  return data.exportRoster.text
}

/** What an import says of each line, in short: `2 CREATED`, `3 REFUSED GROUP_FULL`, `4 SKIPPED for 3`. */
export function told({ data, errors }: Answer): string[] {
  if (errors) throw new Error(JSON.stringify(errors))
  return data.importRoster.lines.map(
    // biome-ignore lint/suspicious/noExplicitAny: an answer as a client without types sees it
    ({ line, outcome, skippedForLine, refusals }: any) =>
      [
        line,
        outcome,
        ...(skippedForLine ? ['for', skippedForLine] : []),
        ...refusals.map((one: { reason: string; column: string | null }) =>
          one.column ? `${one.reason} (${one.column})` : one.reason,
        ),
      ].join(' '),
  )
}

const columns =
  'group,teacher_telegram_id,language,level,capacity,group_status,student_telegram_id,first_name,last_name,phone,email,timezone,member_status'

/** A roster with the usual columns: a line for each row of cells. */
export function roster(...lines: string[]): string {
  return [columns, ...lines].join('\n')
}

/** A group that is not over, with its members in the order in which they came and their places in the line. */
export async function groupOf(school: TestSchool, name: string) {
  const { rows } = await school.database('groups').owner.query(
    `SELECT g.id, g.status, g.capacity, g.version, (
        SELECT json_agg(concat_ws(' ', m.student_telegram_id, m.status, m.waiting_position)
          ORDER BY m.created_at, m.id)
        FROM group_members m WHERE m.group_id = g.id AND m.left_at IS NULL
      ) AS members
    FROM groups g WHERE g.name = $1 AND g.status NOT IN ('FINISHED', 'ARCHIVED')`,
    [name],
  )
  return rows[0] as
    | { id: string; status: string; capacity: number; version: number; members: string[] | null }
    | undefined
}

/**
 * Lets no import make a group of this name and `teacher`: it waits for its turn, for 3 s.
 *
 * @returns tells how many wait, and lets them go on
 */
export async function holdGroup(school: TestSchool, name: string) {
  const { owner } = school.database('groups')
  const holder = await owner.connect()
  const key = [`roster ${teacher} ${name}`]
  await holder.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', key)
  return {
    async waiting() {
      const { rowCount } = await owner.query(`
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
      return rowCount
    },
    async letGo() {
      await holder.query('SELECT pg_advisory_unlock_all()')
      holder.release()
    },
  }
}
