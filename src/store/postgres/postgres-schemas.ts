import type { Schema } from '../sql.ts'

/** The tables of every store on PostgreSQL, in the order in which they are made. */
export const postgresSchemas: readonly Schema[] = []
