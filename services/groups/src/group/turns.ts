/** Does what it is given, as soon as everything given for the same group before has been done. */
export type InTurn = <Result>(groupId: string, act: () => Promise<Result>) => Promise<Result>

/**
 * A line for each group, in this process. Behind a group's lock one transaction follows the other
 * anyway; a crowd that waited for it with a connection each would leave none to anybody else, and the
 * last would be turned away. Here they wait for nothing but their turn. Between processes the lock decides.
 */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return async (groupId, act) => {
    const before = last.get(groupId) ?? Promise.resolve()
    const turn = before.then(act, act)
    last.set(groupId, turn)
    try {
      return await turn
    } finally {
      if (last.get(groupId) === turn) last.delete(groupId)
    }
  }
}
