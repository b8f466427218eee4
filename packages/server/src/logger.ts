import type { FastifyBaseLogger } from 'fastify'
import { type DestinationStream, pino } from 'pino'

/** Wherever these names turn up in a log line, the value is not for anybody's eyes. */
const secrets = ['authorization', 'accessToken', 'token', 'envelope', 'password', 'cookie']

/** JSON log lines on standard output, or into `destination`. */
export function createLogger(
  name: string,
  level: string,
  destination?: DestinationStream,
): FastifyBaseLogger {
  const options = {
    name,
    level,
    redact: secrets.flatMap((secret) => [secret, `*.${secret}`, `*.headers.${secret}`]),
  }
  return destination ? pino(options, destination) : pino(options)
}
