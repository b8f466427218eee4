export { completeSecrets, type SchoolSecrets } from './secrets.ts'
export { gatewayEnv, subgraphEnv } from './settings.ts'
