import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { TestSchool } from '@classgram/test/kit'

export const script = join(import.meta.dirname, 'roster.ts')

/** What the command needs to find a school. */
export function environmentOf(school: TestSchool) {
  const keys = Object.values(school.envelopeKeys).map(({ d: _, ...publicKey }) => publicKey)
  return {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    DATABASE_URL: school.database('groups').url,
    GATEWAY_PORT: new URL(school.gatewayUrl).port,
    ENVELOPE_KEY: JSON.stringify(school.envelopeKeys.groups),
    ENVELOPE_TRUST: JSON.stringify({ keys }),
  }
}

/** @returns the exit code, and what was written, line by line */
export function runScript(
  school: TestSchool,
  ...args: string[]
): Promise<{ code: number; out: string[]; err: string[] }> {
  return new Promise((resolve) => {
    const options = { env: environmentOf(school), maxBuffer: 2 ** 26 }
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      const lines = (text: string) => text.trimEnd().split('\n')
      resolve({ code: Number(error?.code ?? 0), out: lines(stdout), err: lines(stderr) })
    })
  })
}
