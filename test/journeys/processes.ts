import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Run {
  child: ChildProcess
  /** What it printed so far. */
  output: () => string
  /** Resolves when the output contains the text; rejects with the output when the process ends before. */
  printed: (text: string) => Promise<void>
  /** Signals the whole group, as Ctrl-C in a terminal does. @returns the exit code */
  end: (signal: NodeJS.Signals) => Promise<number | null>
  exited: Promise<number | null>
}

/** Runs a command as a person would: none of the settings of the test run reach it. */
export function runCommand(
  command: string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Run {
  const [program = '', ...args] = command
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((dir) => !dir.includes('node_modules'))
  const child = spawn(program, args, {
    cwd,
    detached: true,
    env: { PATH: path.join(delimiter), HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    output: () => output,
    exited,
    async printed(text) {
      const ended = exited.then(() => {
        if (!output.includes(text)) throw new Error(`ended without "${text}":\n${output}`)
      })
      const seen = new Promise<void>((resolve) => {
        const look = () => output.includes(text) && resolve()
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        look()
      })
      await Promise.race([seen, ended])
    },
    async end(signal) {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, signal)
      return exited
    },
  }
}

/** The school, from this checkout. */
export function runSchool(dataDir: string, gatewayPort: number, args: string[] = []): Run {
  const node = join(root, 'node_modules/node/bin/node')
  return runCommand([node, 'packages/school/src/main.ts', ...args], {
    env: {
      CLASSGRAM_DATA_DIR: dataDir,
      GATEWAY_PORT: String(gatewayPort),
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    },
  })
}
