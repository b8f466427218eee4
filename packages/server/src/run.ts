import { StartupError } from '@classgram/errors'
import type { Env } from './config.ts'
import type { RunningServer } from './http-server.ts'

/**
 * Runs a server as a process of its own: stops it in order on SIGTERM and SIGINT, and ends with
 * code 1 and one line when it cannot start or go on.
 */
export async function run(start: (env: Env) => Promise<RunningServer>, env: Env): Promise<void> {
  const server = await start(env).catch((error: unknown) => {
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
    process.exit(1)
  })
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    try {
      await server.stop()
    } catch (error) {
      console.error('It did not stop in order:', error)
      process.exit(1)
    }
    process.exit(code)
  }
  // Kept for good: a second Ctrl-C must not cut the first one short.
  process.on('SIGTERM', () => stop(0))
  process.on('SIGINT', () => stop(0))
  server.failure?.then((line) => {
    if (!stopping) console.error(line)
    return stop(1)
  })
}
