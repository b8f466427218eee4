/** The images' health check: ends with code 0 when the server of this folder is ready. */
import { basename } from 'node:path'
import { readSubgraphs } from '../../packages/server/src/subgraphs.ts'

const subgraph = readSubgraphs().find(({ name }) => name === basename(process.cwd()))
const port = Number(process.env.GATEWAY_PORT || 4000) + (subgraph?.port ?? 0)
const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
process.exitCode = response?.ok ? 0 : 1
