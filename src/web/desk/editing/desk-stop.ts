import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { call } from '../desk-api.ts'
import { type DeskConfig, levelNames } from '../desk-config.ts'
import { askDeliberately } from './confirmation-dialog.ts'
import { audienceName, topicsOf } from './desk-confirm.ts'

const number = new Intl.NumberFormat('en')

type Asks = {
  readonly config: DeskConfig
  /** Called with the result, in a sentence. */
  readonly done: (said: string) => void
  readonly focusBack: () => void
  readonly isSignedOut: (problem: ProblemBody) => boolean
}

/** Stops an alert's pushes once the editor has confirmed it. */
export function askToStop(alert: Alert, { config, done, focusBack, isSignedOut }: Asks): void {
  const { id, audience, level, topics, texts } = alert
  const [text] = Object.values(texts)
  const banner = byId('stop-audience', HTMLElement)
  banner.dataset.audience = audience
  banner.textContent = `STOP, ${audienceName(audience)}`
  byId('stop-title', HTMLElement).textContent = `Stop pushing this ${levelNames[level]} alert?`
  byId('stop-what', HTMLElement).textContent =
    `“${text?.headline ?? id}” (${Object.keys(texts).join(', ')}). Who has it keeps it; to take it back, retract it.`
  byId('stop-topics', HTMLElement).textContent = topicsOf(config, topics)
  byId('stop-send', HTMLButtonElement).dataset.audience = audience
  const act = async () => {
    const answer = await call<{ accepted: number; stopped: number }>(`/v1/alerts/${id}/stop`, { method: 'POST' })
    if (answer.result === 'refused') return isSignedOut(answer.problem) ? null : answer.problem.detail
    if (answer.result === 'lost') return `${answer.detail ?? 'No answer.'} Press again: it does no harm.`
    const { accepted, stopped } = answer.body
    done(`Stopped: ${number.format(accepted)} went out, ${number.format(stopped)} did not.`)
    return null
  }
  askDeliberately('stop', act, focusBack)
}
