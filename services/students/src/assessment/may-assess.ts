import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'

/** Whether the viewer is an administrator or teaches the student now. Nobody assesses themselves. */
export async function mayAssess(
  { viewer, loaders }: RequestContext,
  studentTelegramId: bigint,
): Promise<boolean> {
  if (isAdmin(viewer)) return true
  return !isPerson(viewer, studentTelegramId) && loaders.taughtByViewer.load(studentTelegramId)
}
