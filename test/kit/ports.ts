import { createServer } from 'node:net'

/** Ports of one school: the gateway's, its subgraphs' and one more. */
const blockSize = 20

/** A block of free ports that no other worker of this run looks at. @returns the gateway's port */
export async function findGatewayPort(): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0)
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 20_000 + ((worker * 50 + attempt) % 500) * blockSize
    const ports = Array.from({ length: 10 }, (_, offset) => base + offset)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base
  }
  throw new Error('no free block of ports')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .once('listening', () => probe.close(() => resolve(true)))
      .listen(port, '127.0.0.1')
  })
}
