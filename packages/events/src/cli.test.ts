import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { databaseUrl, deploy, withServer } from '@classgram/database/server'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'

const id = '01930000-0000-7000-8000-0000000000e1'
const group = randomUUID()

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-events-'))
  return () => rm(dataDir, { recursive: true })
})

const run = (...args: string[]) => runIn(dataDir, ...args)
const runIn = async (directory: string, ...args: string[]) => {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, CLASSGRAM_DATA_DIR: directory }
  const command = [join(import.meta.dirname, 'cli.ts'), ...args]
  return (await promisify(execFile)(process.execPath, command, { env })).stdout
}

test('an operator sees what was given up, has it tried again, and tells a service everything anew', async () => {
  await withServer({ CLASSGRAM_DATA_DIR: dataDir }, async (server) => {
    await deploy(server)
    expect(await run('parked')).toBe('No event is parked.\n')

    const groups = new pg.Client(databaseUrl(server.adminUrl, 'groups'))
    await groups.connect()
    try {
      await groups.query(
        `INSERT INTO outbox_events
           (id, aggregate_type, aggregate_id, type, version, payload, actor, occurred_at)
         VALUES ($1, 'group', $2, 'groups.group-changed', 1, '{}', 'system:test', now())`,
        [id, group],
      )
      await groups.query(
        `INSERT INTO outbox_deliveries
           (event_id, subscriber, aggregate_type, aggregate_id, sequence, attempts, last_error, parked_at)
         SELECT id, 'teachers', 'group', aggregate_id, sequence, 30, 'teachers answered HTTP 500', '2026-11-20T18:30:00Z'
         FROM outbox_events`,
      )
      expect(await run('parked')).toBe(
        [
          `${id} groups.group-changed of groups to teachers, about group/${group}`,
          '  parked 2026-11-20T18:30:00.000Z after 30 attempts, 0 behind it',
          '  teachers answered HTTP 500\n',
        ].join('\n'),
      )
      expect(await run('requeue', '--id', randomUUID())).toBe('Requeued 0 events.\n')
      expect(await run('requeue')).toBe('Requeued 1 event.\n')
      expect(await run('parked')).toBe('No event is parked.\n')

      await groups.query(`UPDATE outbox_deliveries SET parked_at = now(), last_error = 'no'`)
      expect(await run('replay', '--to', 'teachers')).toBe(
        'On their way to teachers: 1 event.\n' +
          'Of what is for it, 1 event will wait until events:requeue: see events:parked.\n',
      )
      await groups.query('DELETE FROM outbox_deliveries')
      expect(await run('replay', '--to', 'teachers', '--since', '2999-01-01')).toBe(
        'On their way to teachers: 0 events.\n',
      )
      expect(await run('replay', '--to', 'teachers')).toBe('On their way to teachers: 1 event.\n')
      const { rows } = await groups.query('SELECT subscriber, is_replay FROM outbox_deliveries')
      expect(rows).toEqual([{ subscriber: 'teachers', is_replay: true }])
    } finally {
      await groups.end()
    }
  })
})

test.each([
  [['replay'], /^Usage:/],
  [['replay', '--to', 'auth'], /^auth subscribes to nothing\.\n$/],
  [['replay', '--to', 'teachers', '--since', 'yesterday'], /^"yesterday" is no instant: /],
  [['replay', '--to', 'teachers', '--since', '2026-02-30'], /^"2026-02-30" is no instant: /],
  [['replay', '--to', 'teachers', '--since', '2026-11-21 10:00'], / is no instant: /],
  [['requeue', '--id', 'all'], /^"all" is no event's id\.\n$/],
  [['requeue', '--id', ''], /^"" is no event's id\.\n$/],
  [['forget'], /^Usage:/],
])('%j is refused in words, before any server is asked', async (args, stderr) => {
  await expect(run(...args)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(stderr),
  })
})

test('where there is no school none is made', async () => {
  const nowhere = join(dataDir, 'nowhere')
  await expect(runIn(nowhere, 'parked')).rejects.toMatchObject({
    code: 1,
    stderr: `There is no school in ${nowhere}: see CLASSGRAM_DATA_DIR.\n`,
  })
  await expect(stat(nowhere)).rejects.toThrow('ENOENT')
})
