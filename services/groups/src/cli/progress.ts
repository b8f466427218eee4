import { progress as createBar } from '@clack/prompts'
import type { OnProgress } from '../roster/write-roster.ts'

export interface Progress {
  show: OnProgress
  /** @param isDone whether it came to its end */
  stop: (isDone: boolean) => void
}

/** The exit code of who was ended by Ctrl-C. */
const interrupted = 130

/**
 * Shows how far something is: a bar on a terminal, elsewhere a line for each tenth.
 *
 * @param brokenOff what to say if it ends before its time
 */
export function createProgress(title: string, brokenOff: string): Progress {
  return process.stdout.isTTY ? createTerminalBar(title, brokenOff) : createLines(title, brokenOff)
}

function createTerminalBar(title: string, brokenOff: string): Progress {
  let bar: ReturnType<typeof createBar> | undefined
  let last = 0
  // The library takes Ctrl-C for an end like any other.
  const onExit = () => {
    process.exitCode = interrupted
  }
  return {
    show({ done, total }) {
      if (!bar) {
        process.on('exit', onExit)
        bar = createBar({ max: total, cancelMessage: brokenOff })
        bar.start(title)
      }
      bar.advance(done - last, `${title}: ${done} of ${total}`)
      last = done
    },
    stop(isDone) {
      process.off('exit', onExit)
      bar?.stop(isDone ? `${title}: done` : brokenOff)
    },
  }
}

function createLines(title: string, brokenOff: string): Progress {
  let tenths = 0
  return {
    show({ done, total }) {
      const now = Math.floor((10 * done) / total)
      if (now > tenths) console.log(`${title}: ${done} of ${total}`)
      tenths = now
    },
    stop: (isDone) => isDone || console.log(brokenOff),
  }
}
