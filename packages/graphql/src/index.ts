export { afterEachMutation } from './after-mutations.ts'
export type { Relations } from './allow.ts'
export {
  afterCreated,
  type Page,
  type PageArgs,
  parsePage,
  parseRankedPage,
  toConnection,
} from './connection.ts'
export { lineOfText, toLineOfText } from './line-of-text.ts'
export { createListLoader, createLoaderFamily, createRowLoader } from './loaders.ts'
export { parseInput } from './parse-input.ts'
export { scalars } from './scalars.ts'
export { mostWords, parseSearch } from './search-words.ts'
export { createSubgraphSchema } from './subgraph-schema.ts'
export { loadTypeDefs } from './type-defs.ts'
export { withoutDevelopment } from './without-development.ts'
