import { z } from 'zod'

/** Beyond these years an instant is a slip, and long before them Postgres refuses it. */
export const instant = z
  .date()
  .min(new Date('2000-01-01T00:00:00Z'), 'must not be before the year 2000')
  .max(new Date('2100-01-01T00:00:00Z'), 'must not be after the year 2099')
  .nullish()
