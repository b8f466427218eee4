/**
 * The `events:` commands, on the server of DATABASE_ADMIN_URL or on the embedded one, whether or not
 * the school is running.
 */
import { parseArgs } from 'node:util'
import { databaseUrl, listDatabases, withServer } from '@classgram/database/server'
import { StartupError } from '@classgram/errors'
import pg from 'pg'
import { z } from 'zod'
import { events } from './catalog/index.ts'
import { countHeldUp, listParked, replay, requeue } from './operate.ts'

const usage = `Usage:
  events:parked                                  list events that were given up
  events:requeue [--id <event>]                  try them again, one or all
  events:replay --to <service> [--since <time>]  tell a service again what happened since then, or ever`

/** A day is one in UTC. */
const instant = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

const [verb = '', ...args] = process.argv.slice(2)

const commands: Record<string, () => Promise<void>> = {
  async parked() {
    parse({})
    const parked = await inEachDatabase(async (pool, source) =>
      (await listParked(pool)).map((event) => ({ source, ...event })),
    )
    if (parked.length === 0) console.log('No event is parked.')
    for (const { source, subscriber, type, id, aggregate, ...rest } of parked) {
      const { parkedAt, attempts, behind, lastError } = rest
      console.log(`${id} ${type} of ${source} to ${subscriber}, about ${aggregate}`)
      console.log(
        `  parked ${parkedAt.toISOString()} after ${attempts} attempts, ${behind} behind it`,
      )
      console.log(`  ${lastError}`)
    }
  },

  async requeue() {
    const { id } = parse({ id: { type: 'string' } })
    if (id !== undefined && !z.uuid().safeParse(id).success)
      throw new StartupError(`"${id}" is no event's id.`)
    const counts = await inEachDatabase(async (pool) => [await requeue(pool, id)])
    console.log(`Requeued ${countOf(counts)}.`)
  },

  async replay() {
    const { to, since } = parse({ to: { type: 'string' }, since: { type: 'string' } })
    if (!to) throw new StartupError(usage)
    const types = events.filter((one) => one.subscribers.includes(to)).map(({ type }) => type)
    if (types.length === 0) throw new StartupError(`${to} subscribes to nothing.`)
    if (since !== undefined && !instant.safeParse(since).success) {
      throw new StartupError(`"${since}" is no instant: write one like 2026-11-20T18:30:00Z.`)
    }
    const from = new Date(since ?? 0)
    const counts = await inEachDatabase(async (pool) => [
      {
        told: await replay(pool, { subscriber: to, types, since: from }),
        heldUp: await countHeldUp(pool, to),
      },
    ])
    console.log(`On their way to ${to}: ${countOf(counts.map(({ told }) => told))}.`)
    if (counts.some(({ heldUp }) => heldUp > 0)) {
      const heldUp = countOf(counts.map((one) => one.heldUp))
      console.log(`Of what is for it, ${heldUp} will wait until events:requeue: see events:parked.`)
    }
  },
}

try {
  const command = commands[verb]
  if (!command) throw new StartupError(usage)
  await command()
} catch (error) {
  if (!(error instanceof StartupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function parse(options: Record<string, { type: 'string' }>): Record<string, string | undefined> {
  try {
    return parseArgs({ args, options }).values as Record<string, string | undefined>
  } catch {
    throw new StartupError(usage)
  }
}

function inEachDatabase<Found>(
  act: (pool: pg.Pool, database: string) => Promise<Found[]>,
): Promise<Found[]> {
  return withServer(
    process.env,
    async ({ adminUrl }) => {
      const found: Found[] = []
      for (const database of listDatabases()) {
        const pool = new pg.Pool({ connectionString: databaseUrl(adminUrl, database), max: 1 })
        try {
          found.push(...(await act(pool, database)))
        } finally {
          await pool.end()
        }
      }
      return found
    },
    { mustExist: true },
  )
}

function countOf(counts: number[]): string {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return total === 1 ? '1 event' : `${total} events`
}
