import { StartupError } from '@classgram/errors'
import type { Env } from './config.ts'
import type { RunningServer } from './http-server.ts'

/**
 * Runs a server as a process of its own: stops it in order on SIGTERM and SIGINT, and ends with
 * code 1 and one line when it cannot start.
 */
export async function run(start: (env: Env) => Promise<RunningServer>, env: Env): Promise<void> {
  try {
    const server = await start(env)
    let stopping = false
    const stop = async () => {
      if (stopping) return
      stopping = true
      await server.stop()
      process.exit(0)
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}
