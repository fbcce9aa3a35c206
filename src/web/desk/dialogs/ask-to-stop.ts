import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import { amount } from '../state/amounts.ts'
import { t } from '../state/desk-words.ts'
import type { Outcome } from './deliberate.ts'
import { deliberateDialog } from './deliberate-dialog.ts'
import { stopContent } from './stop-view.ts'

type Asks = {
  readonly config: DeskConfig
  /** Called with the result, in a sentence. */
  readonly done: (alert: Alert, said: string) => void
  readonly focusBack: (alert: Alert) => void
  readonly isSignedOut: (problem: ProblemBody) => boolean
}

/** Gives the function that asks whether an alert's pushes are stopped, and stops them. */
export function offerStopping({ config, done, focusBack, isSignedOut }: Asks): (alert: Alert) => void {
  let asked: Alert | null = null
  const dialog = deliberateDialog('stop', () => (asked === null ? null : stopContent(asked, config)))
  const act = async (alert: Alert): Promise<Outcome> => {
    const path = `/v1/alerts/${alert.id}/stop`
    const answer = await call<{ readonly accepted: number; readonly stopped: number }>(path, { method: 'POST' })
    if (answer.result === 'refused') return isSignedOut(answer.problem) ? null : answer.problem.detail
    if (answer.result === 'lost') return `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`
    const { accepted, stopped } = answer.body
    done(alert, t('stopped', { accepted: amount(accepted), stopped: amount(stopped) }))
    return null
  }
  return (alert) => {
    asked = alert
    dialog.ask({ act: () => act(alert), focusBack: () => focusBack(alert) })
  }
}
