import { conflict } from '@classgram/errors'
import type { GroupStatus, Prisma } from '../generated/prisma/client.ts'

/** Where a group is in its life, as the groups service told. */
export interface GroupState {
  id: string
  status: GroupStatus
  /** Of the group; rises with every change. */
  version: number
}

/**
 * Notes where a group is in its life, unless something later is known, and locks what is known until
 * the transaction ends. The same version is noted again, so that a replay mends what is wrong.
 *
 * Whoever plans a lesson and the end of the group then wait for each other: the later one sees what the
 * earlier one did.
 */
export async function noteGroupState(
  tx: Prisma.TransactionClient,
  { id, status, version }: GroupState,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO group_states AS known (id, status, source_version)
    VALUES (${id}::uuid, ${status}::group_status, ${version})
    ON CONFLICT (id) DO UPDATE SET
      status = excluded.status, source_version = excluded.source_version, updated_at = now()
    WHERE known.source_version <= excluded.source_version`
}

/**
 * For a lesson that is planned: takes what groups has just said of the group for a fact, unless
 * something later is known. Lock it before anything else that the lesson needs.
 *
 * @throws CONFLICT `GROUP_NOT_RUNNING`
 */
export async function lockRunningGroup(
  tx: Prisma.TransactionClient,
  told: GroupState,
): Promise<void> {
  await noteGroupState(tx, told)
  const known = await tx.groupState.findUniqueOrThrow({ where: { id: told.id } })
  assertRunning(known)
}

/**
 * Locks what is known of the group of a lesson against its end. Lock it before the lesson, as the
 * group's end does.
 *
 * @returns undefined when the lesson is no group's, or nothing is known of the group
 */
export async function lockGroupOfLesson(
  tx: Prisma.TransactionClient,
  lessonId: string,
): Promise<{ status: GroupStatus } | undefined> {
  const [state] = await tx.$queryRaw<{ status: GroupStatus }[]>`
    SELECT known.status FROM lessons l JOIN group_states known ON known.id = l.group_id
    WHERE l.id = ${lessonId}::uuid FOR SHARE OF known`
  return state
}

export function isOver(status: GroupStatus): boolean {
  return status === 'FINISHED' || status === 'ARCHIVED'
}

/** @throws CONFLICT `GROUP_NOT_RUNNING` */
export function assertRunning({ status }: { status: GroupStatus }): void {
  if (status !== 'OPEN' && status !== 'RUNNING') throw groupNotRunning(status)
}

/**
 * @param group undefined when there is none, or nothing is known of it
 * @throws CONFLICT `GROUP_NOT_RUNNING`
 */
export function assertNotOver(group: { status: GroupStatus } | undefined): void {
  if (group && isOver(group.status)) throw groupNotRunning(group.status)
}

function groupNotRunning(status: GroupStatus) {
  return conflict('GROUP_NOT_RUNNING', 'Only groups that are open or running have lessons.', {
    status,
  })
}
