import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadTypeDefs } from '@classgram/graphql'
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as typescriptResolvers from '@graphql-codegen/typescript-resolvers'

const scalars = {
  TelegramID: 'bigint',
  DateTime: 'Date',
  Date: 'Date',
  LocalTime: 'Date',
  TimeZone: 'string',
  LanguageTag: 'string',
  UUID: 'string',
}

/**
 * Writes `src/generated/graphql.ts` of one service. A type `GroupRow` exported by the service's
 * `src/rows.ts` becomes what resolvers of the GraphQL type `Group` get as their parent.
 */
export async function generateGraphqlTypes(root: string, service: string): Promise<void> {
  const source = join(root, 'services', service, 'src')
  const filename = join(source, 'generated/graphql.ts')
  mkdirSync(join(source, 'generated'), { recursive: true })
  const code = await codegen({
    filename,
    schema: loadTypeDefs(source),
    documents: [],
    config: {
      scalars,
      mappers: mappersOf(join(source, 'rows.ts')),
      contextType: '../context.ts#RequestContext',
      federation: true,
      enumsAsTypes: true,
      useTypeImports: true,
      skipTypename: true,
      inputMaybeValue: 'T | null | undefined',
      optionalResolveType: true,
    },
    plugins: [{ typescript: {} }, { typescriptResolvers: {} }],
    pluginMap: { typescript, typescriptResolvers },
  })
  writeFileSync(filename, code)
}

function mappersOf(file: string): Record<string, string> {
  if (!existsSync(file)) return {}
  const names = readFileSync(file, 'utf8').matchAll(/\b(\w+)Row\b/g)
  return Object.fromEntries([...names].map(([row, type]) => [type, `../rows.ts#${row}`]))
}
