/** Breaks sorted by `gateway/accepted-breaks.txt`. */
export interface JudgedBreaks {
  accepted: string[]
  refused: string[]
  /** Entries that accept nothing (any more). */
  stale: string[]
}

/**
 * Takes out the breaks that are meant.
 *
 * @param entries text of the file: per line the break exactly as it is reported, ` # `, and the
 * reason why it may happen. Empty lines and lines that begin with `#` are left out.
 */
export function judgeBreaks(breaks: string[], entries: string): JudgedBreaks {
  const lines = entries.split('\n').map((line) => line.trim())
  const meant = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^(.+) # \S/.exec(line)?.[1]?.trim() ?? `${line} (no reason given)`)
  return {
    accepted: breaks.filter((line) => meant.includes(line)),
    refused: breaks.filter((line) => !meant.includes(line)),
    stale: meant.filter((line) => !breaks.includes(line)),
  }
}
