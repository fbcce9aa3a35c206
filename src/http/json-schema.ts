import { z } from 'zod'

/** A schema as JSON Schema 2020-12: of what it takes (`input`) or of what it gives (`output`). */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any' })
  return plain
}
