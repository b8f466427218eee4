/**
 * Generates each service's Prisma client and GraphQL types into `src/generated/`, where their
 * sources changed since the last time. `--force` does all; `--check` only tells, by exit code 1.
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const force = process.argv.includes('--force')
const checkOnly = process.argv.includes('--check')

const stale = globSync('prisma/*/schema.prisma', { cwd: root })
  .map((file) => dirname(file).replace('prisma/', ''))
  .sort()
  .map((service) => ({ service, stamp: join(root, `services/${service}/src/generated/.stamp`) }))
  .map((entry) => ({ ...entry, hash: hashOfSources(entry.service) }))
  .filter(({ stamp, hash }) => force || readStamp(stamp) !== hash)

if (checkOnly && stale.length > 0) {
  console.error(
    `Generated code is stale (${stale.map((entry) => entry.service).join(', ')}): run pnpm codegen.`,
  )
  process.exit(1)
}

if (stale.length > 0) {
  // Loaded only when there is work: a start with nothing to generate should not pay for them.
  const { generateGraphqlTypes } = await import('./graphql-types.ts')
  const { generatePrismaClient } = await import('./prisma-client.ts')
  await Promise.all(stale.map(({ service }) => generatePrismaClient(root, service)))
  for (const { service, stamp, hash } of stale) {
    await generateGraphqlTypes(root, service)
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, hash)
  }
}

function hashOfSources(service: string): string {
  const files = globSync(
    [
      `prisma/${service}/schema.prisma`,
      `services/${service}/src/**/*.graphql`,
      `services/${service}/src/rows.ts`,
      'packages/graphql/src/common.graphql',
      'packages/codegen/src/*.ts',
      'pnpm-workspace.yaml',
    ],
    { cwd: root },
  )
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function readStamp(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
