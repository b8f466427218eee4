import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

const cli = createRequire(import.meta.url).resolve('prisma/build/index.js')

/** Writes the Prisma client of one service, by Prisma's own command. */
export async function generatePrismaClient(root: string, service: string): Promise<void> {
  await promisify(execFile)(
    process.execPath,
    [cli, 'generate', '--schema', join(root, 'prisma', service, 'schema.prisma'), '--no-hints'],
    {
      cwd: root,
      env: {
        ...process.env,
        // `generate` never runs the schema engine, but looks for its file, and would download it.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: 'true',
        CHECKPOINT_DISABLE: '1',
      },
    },
  )
}
