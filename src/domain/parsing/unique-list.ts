import * as z from 'zod'

/**
 * A list of texts of which none stands twice, whatever its case: what is named twice in a write is a slip of the hand,
 * and another was meant.
 */
export function uniqueList(max: number, what: string): z.ZodType<string[], string[]> {
  return z
    .array(z.string())
    .max(max, { error: `At most ${max} ${what}.` })
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
          })
        }
        seen.add(plain)
      }
    })
    .meta({ uniqueItems: true })
}
