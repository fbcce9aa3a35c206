import { requiredText } from '../../domain/parsing/fields.ts'
import { timingSchema } from './item-content.ts'

const reasonMax = 300
export const overrideReason = requiredText(reasonMax, 'reason')

/** What the body of a publishing request may say beside the alert: when it goes out, and why nobody else is asked. */
export const publishingFields = { ...timingSchema.shape, overrideReason: overrideReason.optional() }
export const publishingNames: readonly string[] = Object.keys(publishingFields)
