import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import { isStaffOrProgram, isTeacher } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { MemberStatus } from '../generated/graphql.ts'
import type { GroupRow } from '../rows.ts'

const openStatuses: MemberStatus[] = ['INVITED', 'WAITLISTED', 'ACTIVE', 'PAUSED']
/** Who was invited, waits, left or was removed is not for classmates to know. */
const knownToClassmates: ReadonlySet<MemberStatus> = new Set(['ACTIVE', 'PAUSED'])

export async function readMembers(
  { viewer, loaders }: RequestContext,
  group: GroupRow,
  { status, ...args }: PageArgs & { status?: MemberStatus[] | null },
) {
  const page = parsePage(args)
  const asked = [...new Set(status ?? openStatuses)]
  const seesAll = isStaffOrProgram(viewer) || isTeacher(viewer, group.teacherTelegramId)
  const statuses = seesAll ? asked : asked.filter((one) => knownToClassmates.has(one))
  return toConnection(await loaders.memberPage({ page, statuses }).load(group.id), page)
}
