import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { internalTables } from './catalog.ts'
import { databaseUrl, listDatabases, migrationsDir, schemaFile } from './databases.ts'
import { deploy } from './deploy.ts'
import { withClient } from './migrate.ts'
import { startTestServer, type TestServer } from './test-server.ts'

/**
 * Columns that may hold words, and that the audit log shows as they are, because they say nothing of who somebody is
 * or how they fare. A new column is masked in its table's audit trigger, or added here.
 */
const shown: Record<string, Record<string, string[]>> = {
  auth: {
    consents: ['document', 'version'],
    erasure_receipts: ['last_error', 'rows', 'service'],
    identities: ['provider'],
    oauth_clients: ['client_id', 'name', 'scopes'],
    sessions: ['method', 'revoked_reason'],
    signing_keys: ['algorithm', 'kid', 'private_key_key_id', 'public_jwk'],
    users: ['email_key_id', 'language_code', 'phone_key_id', 'timezone'],
  },
  calendar: {
    lesson_series: ['rrule', 'timezone'],
    lessons: ['timezone'],
    teacher_schedules: ['timezone'],
  },
  groups: {
    group_progress: ['topic', 'unit'],
    groups: ['description', 'language', 'name'],
  },
  notification: {
    notification_logs: ['provider_message_id'],
    notification_templates: ['body', 'locale', 'title'],
    notifications: ['dedup_key'],
    user_notification_settings: ['timezone'],
  },
  students: {
    level_assessments: ['language'],
    student_languages: ['language'],
    students: ['communication_language', 'guardian_contact_key_id', 'timezone'],
  },
  teachers: {
    groups: ['language', 'name'],
    teacher_languages: ['language'],
    teachers: ['currency', 'timezone'],
  },
}

let server: TestServer
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'classgram-masks-'))
  server = await startTestServer(listDatabases())
})
afterAll(async () => {
  await server.stop()
  await rm(dir, { recursive: true })
})

test.each(listDatabases())(
  '%s: whatever may hold words is masked, or known to be harmless',
  async (name) => {
    const rows = await server.run(
      name,
      `SELECT relname AS table, array_agg(attname::text ORDER BY attname) AS columns
     FROM pg_attribute
       JOIN pg_class ON pg_class.oid = attrelid
       JOIN pg_type ON pg_type.oid = atttypid
       LEFT JOIN pg_trigger ON tgrelid = attrelid AND tgfoid = 'audit_row'::regproc
     WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
       AND relname <> ALL ('{${internalTables}}')
       AND attnum > 0 AND NOT attisdropped
       -- numbers, times, truths, ids and enums hold none
       AND typcategory NOT IN ('N', 'D', 'T', 'B', 'E') AND atttypid <> ALL ('{uuid,int[]}'::regtype[])
       AND attname <> ALL (coalesce((string_to_array(encode(tgargs, 'escape'), '\\000'))[2:], '{}'))
     GROUP BY relname`,
    )
    const found = Object.fromEntries(rows.map(({ table, columns }) => [table, columns]))
    expect(found).toEqual(shown[name])
  },
)

test.each(listDatabases())('%s: what a trigger masks are columns of its table', async (name) => {
  const rows = await server.run(
    name,
    `SELECT relname, masked FROM pg_trigger
       JOIN pg_class ON pg_class.oid = tgrelid,
       unnest(string_to_array(encode(tgargs, 'escape'), '\\000')) AS masked
     WHERE tgfoid = 'audit_row'::regproc AND masked <> ''
       AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = tgrelid AND attname = masked)`,
  )
  expect(rows).toEqual([])
})

test('what was logged before the masks came is masked with them', async () => {
  const init = '20261120000000_init'
  const files = join(dir, 'students')
  await mkdir(files)
  await cp(schemaFile('students'), schemaFile('students', dir))
  await cp(join(migrationsDir('students'), init), join(files, 'migrations', init), {
    recursive: true,
  })
  const upgrade = () =>
    deploy({
      adminUrl: server.adminUrl,
      passwords: server.secrets.databases,
      databases: ['students'],
      dir,
    })
  await withClient(server.adminUrl, (admin) => admin.query('DROP DATABASE students'))
  expect(await upgrade()).toEqual({ students: [init] })
  await server.run(
    'students',
    `INSERT INTO students (telegram_id, goals) VALUES (1, 'Talk to Ada');
     UPDATE students SET goals = 'Write to Ada', timezone = 'Asia/Tokyo';
     INSERT INTO level_assessments (student_telegram_id, language, level, assessed_by_telegram_id)
     VALUES (1, 'en', 'B1', 2)`,
    'user:1',
  )

  await cp(migrationsDir('students'), join(files, 'migrations'), { recursive: true })
  expect((await upgrade()).students).toContain('20261120195000_mask_personal_data')
  const trail = `SELECT before, after FROM audit_log ORDER BY created_at, id`
  const rows = await withClient(databaseUrl(server.adminUrl, 'students'), (client) =>
    client.query(trail),
  )
  expect(rows.rows).toMatchObject([
    { before: null, after: { goals: '***', staff_notes: null, timezone: 'UTC' } },
    {
      before: { goals: '***', timezone: 'UTC' },
      after: { goals: '***', timezone: 'Asia/Tokyo' },
    },
    { before: null, after: { reason: null, level: 'B1' } },
  ])
  expect(await server.run('students', 'SELECT audit_forget(1) AS rows', 'service:auth')).toEqual([
    { rows: '3' },
  ])
})
