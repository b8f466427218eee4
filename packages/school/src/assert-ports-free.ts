import { once } from 'node:events'
import { createServer } from 'node:net'
import { StartupError } from '@classgram/errors'

/**
 * Looks at ports before anything is made for the servers that will listen on them: each still finds out for itself.
 *
 * @param ports by the server's name
 * @throws StartupError when another program has one
 */
export async function assertPortsFree(host: string, ports: Map<string, number>): Promise<void> {
  for (const [name, port] of ports) {
    if (await isFree(host, port)) continue
    throw new StartupError(
      `Port ${port} for ${name} is taken: stop the other program or set GATEWAY_PORT.`,
    )
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer().listen(port, host)
  try {
    await once(probe, 'listening')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
  }
  await new Promise((closed) => probe.close(closed))
  return true
}
