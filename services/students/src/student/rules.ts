import { z } from 'zod'
import { languages } from '../language/replace-languages.ts'

/** An empty text says nothing, so nothing is stored. */
const text = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    .transform((given) => given || null)

/** Rules of a student's fields that GraphQL's types cannot express. */
export const fields = {
  goals: text(2000).nullish(),
  notes: text(4000).nullish(),
  guardianContact: text(200).nullish(),
  languages: languages.nullish(),
}

export const levelReason = text(500).nullish()
