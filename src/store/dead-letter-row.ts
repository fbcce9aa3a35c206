import type { DeadLetter } from '../desk/webhooks/webhook.ts'

/** A dead letter as both databases give it. */
export type DeadLetterRow = {
  readonly id: string
  readonly webhook_id: string
  readonly event: string
  readonly at: string
  readonly died_at: string
  readonly attempts: number
  readonly detail: string | null
}

/** The dead letter of a row. */
export function deadLetterOf({ id, webhook_id, event, at, died_at, attempts, detail }: DeadLetterRow): DeadLetter {
  const type = event as DeadLetter['event']
  return { id, webhookId: webhook_id, event: type, at, diedAt: died_at, attempts, detail: detail ?? '' }
}
