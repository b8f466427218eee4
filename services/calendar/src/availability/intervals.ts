/** From an instant up to another, which is not part of it, in milliseconds since 1970. */
export interface Interval {
  start: number
  end: number
}

/** The same instants in as few intervals as possible, in order: what touches or overlaps is one. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = []
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    if (end <= start) continue
    const last = merged.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else merged.push({ start, end })
  }
  return merged
}

/** The instants of `intervals` that are in none of `taken`, merged. */
export function subtract(intervals: readonly Interval[], taken: readonly Interval[]): Interval[] {
  const holes = merge(taken)
  const left: Interval[] = []
  let next = 0
  for (const { start, end } of merge(intervals)) {
    let from = start
    while (holes[next] && (holes[next]?.end ?? 0) <= from) next++
    for (let i = next; i < holes.length; i++) {
      const hole = holes[i]
      if (!hole || hole.start >= end) break
      if (hole.start > from) left.push({ start: from, end: hole.start })
      from = Math.max(from, hole.end)
    }
    if (from < end) left.push({ start: from, end })
  }
  return left
}

/** The part of each interval that lies within `bounds`. */
export function clip(intervals: readonly Interval[], bounds: Interval): Interval[] {
  return intervals
    .map(({ start, end }) => ({
      start: Math.max(start, bounds.start),
      end: Math.min(end, bounds.end),
    }))
    .filter(({ start, end }) => start < end)
}
