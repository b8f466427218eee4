import { z } from 'zod'
import { languages } from '../language/replace-languages.ts'

/** Postgres cannot store the character NUL. */
const text = z
  .string()
  .trim()
  .refine((value) => !value.includes('\0'), 'must not contain NUL characters')

/** Rules of a student's fields that GraphQL's types cannot express. */
export const fields = {
  goals: text.max(2000).nullish(),
  notes: text.max(4000).nullish(),
  guardianContact: text.min(1, 'must not be empty').max(200).nullish(),
  languages: languages.nullish(),
}

export const levelReason = text.max(500).nullish()
export const idempotencyKey = text.min(1, 'must not be empty').max(200).nullish()
