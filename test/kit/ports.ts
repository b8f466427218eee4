import { createServer, type Server } from 'node:net'

/** Ports from one school to the next: the gateway's, its subgraphs', ten further Postgres's, and the claim. */
const blockSize = 20

/**
 * A block of free ports that nobody else gets, in this run or in another at the same time, until it is given back or
 * this process ends.
 *
 * @returns the gateway's port
 */
export async function findGatewayPort(): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0)
  for (let attempt = 0; attempt < 500; attempt++) {
    const base = 20_000 + ((worker * 50 + attempt) % 500) * blockSize
    if (!(await claim(base))) continue
    const ports = Array.from({ length: 11 }, (_, offset) => base + offset)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base
    giveBackPorts(base)
  }
  throw new Error('no free block of ports')
}

const claims = new Map<number, Server>()

/** @param gatewayPort of a block that is needed no more */
export function giveBackPorts(gatewayPort: number): void {
  claims.get(gatewayPort)?.close()
  claims.delete(gatewayPort)
}

/** Listens on the last port of a block, which only one can. */
function claim(gatewayPort: number): Promise<boolean> {
  return new Promise((resolve) => {
    const holder = createServer()
      .once('error', () => resolve(false))
      .once('listening', () => {
        claims.set(gatewayPort, holder)
        resolve(true)
      })
      .listen(gatewayPort + blockSize - 1, '127.0.0.1')
    holder.unref()
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .once('listening', () => probe.close(() => resolve(true)))
      .listen(port, '127.0.0.1')
  })
}
