import { createServer } from 'node:net'

/** Ports from one school to the next: the gateway's, its subgraphs', and ten further Postgres's. */
const blockSize = 20

/** A block of free ports that no other worker of this run looks at. @returns the gateway's port */
export async function findGatewayPort(): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0)
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 20_000 + ((worker * 50 + attempt) % 500) * blockSize
    const ports = Array.from({ length: 11 }, (_, offset) => base + offset)
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
