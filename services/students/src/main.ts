import { run } from '@classgram/server'
import { start } from './server.ts'

await run(start, process.env)
