import { badUserInput } from '@classgram/errors'

/** From an instant up to another, which is not part of it. */
export interface Span {
  from: Date
  to: Date
}

const dayMs = 86_400_000

/**
 * @param mostDays how long the span may be
 * @throws BAD_USER_INPUT when the span is empty or too long
 */
export function parseSpan({ from, to }: Span, mostDays = 400): Span {
  const length = to.getTime() - from.getTime()
  if (length <= 0) throw badUserInput('to', 'to must be after from.')
  if (length > mostDays * dayMs) {
    throw badUserInput('to', `to must be at most ${mostDays} days after from.`)
  }
  return { from, to }
}
