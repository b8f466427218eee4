export { createApollo } from './apollo.ts'
export { type Env, jsonSetting, loadSettings, serverSettings, subgraphSettings } from './config.ts'
export { errorBody, type RunningServer, startHttpServer } from './http-server.ts'
export { createLogger } from './logger.ts'
export { currentRequest } from './request-scope.ts'
export { run } from './run.ts'
export type { AskSister, Sisters } from './sisters.ts'
export {
  type SubgraphOverrides,
  type SubgraphParts,
  type SubgraphRequest,
  startSubgraph,
} from './subgraph.ts'
export { readSubgraphs, type Subgraph, subgraphUrl } from './subgraphs.ts'
