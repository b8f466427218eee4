import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { DiffTarget } from '@prisma/schema-engine-wasm'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'

const nothing = { externalTables: [], externalEnums: [] }

/**
 * The SQL that turns the database of one Prisma schema into that of another.
 *
 * Runs Prisma's own schema engine in its WebAssembly build, because the native one is downloaded from outside the
 * package registry. It compares the two texts and needs no database.
 *
 * @param from content of a schema.prisma, or null for an empty database
 * @param to content of a schema.prisma
 * @returns the script, empty when nothing changes
 */
export async function diffSchemas(from: string | null, to: string): Promise<string> {
  const target = (content: string): DiffTarget => ({
    tag: 'schemaDatamodel',
    files: [{ path: 'schema.prisma', content }],
  })
  const { SchemaEngine } = await loadEngine()
  const schemaEngine = await SchemaEngine.new({ datamodels: undefined }, () => {}, noDatabase)
  try {
    const { stdout } = await schemaEngine.diff({
      from: from === null ? { tag: 'empty' } : target(from),
      to: target(to),
      script: true,
      exitCode: null,
      filters: nothing,
    })
    const script = stdout ?? ''
    return script.trim() === '-- This is an empty migration.' ? '' : script
  } finally {
    schemaEngine.free()
  }
}

/**
 * The engine insists on a connection, of which a diff between two texts uses one answer alone: that the schema
 * `public` exists, and the server's version.
 */
const ok = (value: unknown) => ({ ok: true, value })
const connection = {
  provider: 'postgres',
  adapterName: 'none',
  getConnectionInfo: () => ok({ schemaName: 'public', supportsRelationJoins: true }),
  queryRaw: async () =>
    ok({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [5, 7, 0],
      rows: [[true, 'PostgreSQL 18.0', 180000]],
    }),
  executeRaw: async () => ok(0),
  executeScript: async () => ok(undefined),
  startTransaction: async () => ok(undefined),
  dispose: async () => ok(undefined),
}
const noDatabase = {
  provider: 'postgres',
  adapterName: 'none',
  connect: async () => ok(connection),
  connectToShadowDb: async () => ok(connection),
  errorRegistry: { consumeError: () => undefined },
}

/** The part used here; TypeScript knows it in browsers only. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>
}

let loaded: Promise<typeof engine> | undefined

/** Node cannot import the package's `.wasm` by itself, so it is instantiated here and handed to the glue code. */
function loadEngine(): Promise<typeof engine> {
  loaded ??= (async () => {
    const main = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
    const bytes = await readFile(new URL('schema_engine_bg.wasm', `file://${main}`))
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': engine,
    })
    const glue = engine as unknown as { __wbg_set_wasm(exports: object): void }
    glue.__wbg_set_wasm(instance.exports)
    ;(instance.exports as { __wbindgen_start(): void }).__wbindgen_start()
    return engine
  })()
  return loaded
}
