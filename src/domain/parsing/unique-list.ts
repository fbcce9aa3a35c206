import * as z from 'zod'
import { wantedNot } from './parse.ts'

/**
 * Schema of a list of texts without duplicates, compared without case. In a write, a duplicate is taken for a typing
 * mistake and refused. `what`: the plural noun for the error sentence.
 */
export function uniqueList(max: number, what: string): z.ZodType<string[], string[]> {
  return z
    .array(z.string())
    .max(max, { error: tooMany(max, what) })
    .superRefine((items, context) => {
      const seen = new Set<string>()
      for (const [at, item] of items.entries()) {
        const plain = item.toLowerCase()
        if (seen.has(plain)) {
          const named = JSON.stringify(item.slice(0, 60))
          context.addIssue({
            code: 'custom',
            path: [at],
            message: `${named} is named twice; name it once.`,
            input: item,
            params: { code: 'named-twice', values: { name: item.slice(0, 60).toWellFormed() } },
          })
        }
        seen.add(plain)
      }
    })
    .meta({ uniqueItems: true })
}

/** The sentence for a list that is too long, as a schema takes it. `what`: the plural noun. */
export function tooMany(max: number, what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => wantedNot(`a list of at most ${max} ${what}`, input)
}
