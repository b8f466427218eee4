import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{services,gateway,packages,prisma,test}/**/*.test.ts'],
    globalSetup: ['test/kit/global-setup.ts'],
    // Each file has its own databases and ports; two at a time is what two cores carry.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests run as the product does: Node's own module loader and type stripping, nothing transformed.
    experimental: { viteModuleRunner: false },
    env: { APOLLO_TELEMETRY_DISABLED: '1' },
  },
})
