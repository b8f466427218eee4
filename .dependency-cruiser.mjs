/** Who may import whom. `docs/architecture.md` says why. */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'services-are-strangers',
      comment: 'A service knows another by the graph alone: ask it, or take its events.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'gateway-knows-no-service',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^services/' },
    },
    {
      name: 'packages-know-no-service',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|gateway)/' },
    },
    {
      name: 'resolvers-translate',
      comment: 'A resolver calls a function; what that function needs is none of its business.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/.*resolvers\\.ts$' },
      to: { path: '(undici|node:http|node:net|sisters\\.ts)' },
    },
    {
      name: 'product-knows-no-test',
      severity: 'error',
      from: {
        path: '^(services|gateway|packages|prisma)/',
        pathNot: '(\\.test|/fixture|/test-[^/]+)\\.ts$',
      },
      to: { path: '^test/|vitest' },
    },
    {
      name: 'demo-is-for-the-launcher',
      severity: 'error',
      from: { path: '^(services|gateway|packages)/', pathNot: '^packages/school/' },
      to: { path: '^prisma/demo/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/generated/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
