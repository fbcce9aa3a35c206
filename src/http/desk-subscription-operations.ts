import { broughtSchema, importBytesMax, importLinesMax, subscriptionLineSchema } from './desk-subscriptions.ts'
import { linesType } from './lines.ts'
import type { Operation } from './operation.ts'
import { pushAnswer } from './push-settings.ts'
import { subscriptionCountsSchema } from './subscription-counts.ts'

/** The desk's routes for subscriptions as a whole, described. */
export const deskSubscriptionOperations: Readonly<Record<string, Operation>> = {
  'get /v1/desk/subscriptions': {
    summary: 'All subscriptions, one JSON a line, for an admin who moves; they contain secrets (endpoints and keys)',
    key: true,
    answers: { 200: linesType },
  },
  'post /v1/desk/subscriptions': {
    summary: `Bring subscriptions, one JSON a line, at most ${importBytesMax} bytes and ${importLinesMax} lines; bad lines are named, good ones are in, and again is harmless`,
    key: true,
    line: subscriptionLineSchema,
    answers: { 200: broughtSchema },
  },
  'get /v1/desk/subscriptions/count': {
    summary: 'How many subscriptions there are, by language, level and topic',
    key: true,
    answers: { 200: subscriptionCountsSchema },
  },
  'get /v1/desk/push': {
    summary: 'How push is set up, and which push services are in use',
    key: true,
    answers: { 200: pushAnswer },
  },
}
