import { run } from '@classgram/server'
import { start } from './server.ts'

// Nothing about this school is anybody else's business.
process.env.APOLLO_TELEMETRY_DISABLED = '1'

await run(start, process.env)
