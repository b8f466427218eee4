// pnpm schema:check [--base <revision>]: may this change of the graph go in?
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkSchema } from './check-schema.ts'
import { explainSyntaxError, loadSubgraphs } from './subgraph-sdl.ts'

const root = join(import.meta.dirname, '../../..')
const { values } = parseArgs({ options: { base: { type: 'string' } } })

try {
  const base = values.base ?? process.env.SCHEMA_BASE
  const { checked, warnings, failures } = await checkSchema(root, loadSubgraphs(), base)
  for (const line of warnings) console.warn(`warning  ${line}`)
  for (const line of failures) console.error(`failure  ${line}`)
  for (const line of checked) console.log(`checked  ${line}`)
  console.log(`schema:check ${failures.length > 0 ? `failed: ${failures.length}` : 'passed'}`)
  process.exitCode = failures.length > 0 ? 1 : 0
} catch (error) {
  console.error(explainSyntaxError(error))
  process.exitCode = 1
}
