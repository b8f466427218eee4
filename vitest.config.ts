import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Making databases costs ten times as much on a disk. What is written lives as long as its test.
const onDisk = tmpdir()
if (hasRoom('/dev/shm')) process.env.TMPDIR = '/dev/shm'

export default defineConfig({
  test: {
    include: ['{services,gateway,packages,prisma,test}/**/*.test.ts'],
    globalSetup: ['test/kit/global-setup.ts'],
    // Each file has its own databases and ports. One more than two cores carry, for now and then one waits.
    maxWorkers: 3,
    // A process loads the servers once, for many files: the code keeps nothing that they could share by it.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests run as the product does: Node's own module loader and type stripping, nothing transformed.
    experimental: { viteModuleRunner: false },
    env: {
      APOLLO_TELEMETRY_DISABLED: '1',
      // For these processes and for the commands that tests run: compiling the code once will do.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled'),
    },
    provide: { onDisk },
  },
})

/** Whether there is a file system in memory, and two GiB of it are free. */
function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize > 2 * 1024 ** 3
  } catch {
    return false
  }
}
