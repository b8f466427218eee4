import { z } from 'zod'
import { Level, Proficiency } from '../generated/prisma/client.ts'

const currencies = new Set(Intl.supportedValuesOf('currency'))
const mostLanguages = 20

const language = z
  .object({
    language: z.string(),
    proficiency: z.enum(Proficiency),
    minLevel: z.enum(Level).nullish(),
    maxLevel: z.enum(Level).nullish(),
  })
  .superRefine(({ minLevel, maxLevel }, { addIssue }) => {
    const refuse = (field: string, message: string) =>
      addIssue({ code: 'custom', path: [field], message })
    if (minLevel == null && maxLevel != null) refuse('minLevel', 'must come with maxLevel')
    if (minLevel != null && maxLevel == null) refuse('maxLevel', 'must come with minLevel')
    // The names of the levels sort as they do.
    if (minLevel != null && maxLevel != null && maxLevel < minLevel) {
      refuse('maxLevel', 'must not be below minLevel')
    }
  })

/** An empty text says nothing, so nothing is stored. */
const text = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    .transform((given) => given || null)

const currency = z
  .string()
  .refine((code) => currencies.has(code), 'must be a currency of ISO 4217, like EUR')

const httpsUrl = z
  .url({ protocol: /^https$/, hostname: z.regexes.domain, error: 'must be an https address' })
  .startsWith('https://', 'must be an https address')

/** What both the creation and the change of a profile accept. */
export const profile = z.object({
  headline: text(120).nullish(),
  bio: text(4000).nullish(),
  experienceYears: z.int().min(0).max(80).nullish(),
  hourlyRate: z
    .number()
    .min(0)
    .max(10_000_000)
    .refine((rate) => Number(rate.toFixed(2)) === rate, 'must have at most two decimals')
    .nullish(),
  currency: text(3).pipe(currency.nullable()).nullish(),
  videoUrl: text(2048).pipe(httpsUrl.nullable()).nullish(),
  languages: z
    .array(language)
    .max(mostLanguages)
    .superRefine((languages, { addIssue }) => {
      const known = new Set<string>()
      for (const [index, { language }] of languages.entries()) {
        if (known.has(language)) {
          addIssue({
            code: 'custom',
            path: [index, 'language'],
            message: `${language} stands in the list already`,
          })
        }
        known.add(language)
      }
    })
    .nullish(),
})

export type TeacherLanguages = NonNullable<z.output<typeof profile>['languages']>
