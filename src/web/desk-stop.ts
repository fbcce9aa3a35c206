import type { Alert } from '../alert.ts'
import { call } from './desk-api.ts'

const number = new Intl.NumberFormat('en')

/** Stops an alert's pushes once the editor has confirmed; gives what came of it in a sentence, or null when not wanted. */
export async function stopPushes(alert: Alert): Promise<string | null> {
  const [text] = Object.values(alert.texts)
  const question = `Stop pushing “${text?.headline ?? alert.id}”? Who has it keeps it; to take it back, retract it.`
  if (!confirm(question)) return null
  const answer = await call<{ accepted: number; stopped: number }>(`/v1/alerts/${alert.id}/stop`, { method: 'POST' })
  if (answer.result === 'refused') return answer.problem.detail
  if (answer.result === 'lost') return 'No answer. Press again: it does no harm.'
  const { accepted, stopped } = answer.body
  return `Stopped: ${number.format(accepted)} went out, ${number.format(stopped)} did not.`
}
