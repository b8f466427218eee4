import type { EventDefinition } from '../define-event.ts'
import { groupChanged } from './group-changed.ts'
import { lessonChanged } from './lesson-changed.ts'
import { levelChanged } from './level-changed.ts'
import { membershipChanged } from './membership-changed.ts'

export { groupChanged, lessonChanged, levelChanged, membershipChanged }

/** Every event of the school. */
export const events: readonly EventDefinition<unknown>[] = [
  groupChanged,
  lessonChanged,
  levelChanged,
  membershipChanged,
]
