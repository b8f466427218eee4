import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const root = join(import.meta.dirname, '../../..')

const list = z.object({
  subgraphs: z.array(
    z.object({ name: z.string().regex(/^[a-z]+$/), port: z.number().int().positive() }),
  ),
})

export interface Subgraph {
  name: string
  /** Added to the gateway's port. */
  port: number
  /** Folder of its sources and SDL. */
  directory: string
}

/** The subgraphs of `gateway/supergraph.yaml`, in the order of the list. */
export function readSubgraphs(): Subgraph[] {
  const text = readFileSync(join(root, 'gateway/supergraph.yaml'), 'utf8')
  return list
    .parse(parse(text))
    .subgraphs.map((entry) => ({ ...entry, directory: join(root, 'services', entry.name, 'src') }))
}

/**
 * Where a subgraph is reached.
 *
 * @param template `SUBGRAPH_URL`: an address in which `{name}` and `{port}` are filled in
 */
export function subgraphUrl(
  template: string,
  gatewayPort: number,
  { name, port }: Subgraph,
): string {
  return template.replace('{name}', name).replace('{port}', String(gatewayPort + port))
}
