/** Beyond these, a statement is planned anew each time: Postgres keeps prepared ones as long as the connection. */
const mostNames = 500

/** Text that grows with a list: more than eight parameters after IN, or more than one row of values. */
const growing = /\bIN \(\$\d+(?:,\s*\$\d+){8,}|\),\s*\(/

/**
 * Gives each statement a name of its own, under which Postgres prepares it once per connection. Texts that grow with
 * a list get none: each length would take a name, and soon none would be left.
 *
 * @returns the name for a statement, empty to leave it unprepared
 */
export function createStatementNames(): (statement: { sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= mostNames || growing.test(sql)) return ''
    const name = `s${names.size}`
    names.set(sql, name)
    return name
  }
}
