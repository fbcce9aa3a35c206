import * as z from 'zod'

/** A mistake as it is answered, and stored with an item. */
export const mistakeSchema = z.strictObject({
  pointer: z.string(),
  detail: z.string(),
  code: z.string().optional().describe('What it is, for programs; absent where only the sentence says it.'),
  values: z
    .record(z.string(), z.union([z.string(), z.number(), z.array(z.string()).readonly()]))
    .optional()
    .describe('The numbers and names in the sentence.'),
})
