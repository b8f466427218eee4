/**
 * Telegram ids of one person per role, the same on every day: those whose tokens are printed at the start. The
 * student is a member of a group that the teacher teaches.
 */
export const demoPeople = {
  admin: 4_294_967_301n,
  teacher: 4_294_967_402n,
  student: 1_099_511_628_211n,
} as const
