import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** What may befall a message on its way. */
export const faults = [
  /** It does not arrive. */
  'refused',
  /** It arrives, but the answer says that it did not. */
  'denied',
  /** It arrives when nobody waits for the answer any more. */
  'late',
  /** It arrives twice at the same time. */
  'twice',
  /** It arrives in part: the connection is cut. */
  'torn',
  /** It arrives, and the connection is cut before the answer. */
  'unanswered',
  /** It arrives, and nothing more is heard. */
  'silent',
] as const

export type Fault = (typeof faults)[number]

export interface ProxyOptions {
  port: number
  target: () => number
  /** What befalls the next event; undefined: nothing. */
  nextFault: () => Fault | undefined
  /** Longer than who sends waits for an answer. */
  lateMs: number
}

/** Stands between a producer and a consumer. Events suffer faults; everything else passes. */
export async function startFaultyProxy({ port, target, nextFault, lateMs }: ProxyOptions) {
  const sockets = new Set<Socket>()
  const forward = (message: IncomingMessage, body: Buffer) =>
    new Promise<{ status: number; body: Buffer }>((resolve) => {
      const { method, url: path, headers } = message
      const onward = request({
        port: target(),
        host: '127.0.0.1',
        method,
        path,
        headers,
        agent: false,
      })
      onward.on('error', () => resolve({ status: 502, body: Buffer.from('{}') }))
      onward.on('response', async (answer) => {
        const parts = await collect(answer).catch(() => Buffer.from('{}'))
        resolve({ status: answer.statusCode ?? 502, body: parts })
      })
      onward.end(body)
    })
  const tear = (message: IncomingMessage, body: Buffer) =>
    new Promise<void>((resolve) => {
      const { method, url: path, headers } = message
      const onward = request({
        port: target(),
        host: '127.0.0.1',
        method,
        path,
        headers,
        agent: false,
      })
      onward.on('error', () => resolve())
      onward.write(body.subarray(0, body.length / 2), () => {
        onward.destroy()
        resolve()
      })
    })

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const body = await collect(message)
    const answer = async () => {
      const { status, body: text } = await forward(message, body)
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    }
    const refuse = () => response.writeHead(500).end('{}')
    switch (message.url === '/events' ? nextFault() : undefined) {
      case 'refused':
        return refuse()
      case 'denied':
        await forward(message, body)
        return refuse()
      case 'late':
        await wait(lateMs)
        return answer()
      case 'twice':
        forward(message, body)
        return answer()
      case 'torn':
        await tear(message, body)
        return message.socket.destroy()
      case 'unanswered':
        await forward(message, body)
        return message.socket.destroy()
      case 'silent':
        await forward(message, body)
        return
      default:
        return answer()
    }
  }
  const server = createServer((message, response) => {
    handle(message, response).catch(() => message.socket.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
