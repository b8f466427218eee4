import { z } from 'zod'

/** Text of 1 to `most` characters, trimmed. */
export const text = (most: number) => z.string().trim().min(1, 'must not be empty').max(most)
