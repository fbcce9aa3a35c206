import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import { t } from '../state/desk-words.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { amount } from '../view/parts/view-parts.ts'
import { askDeliberately } from './confirmation-dialog.ts'
import { audienceName, topicsOf } from './desk-confirm.ts'

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
  banner.textContent = t('stopBanner', { audience: audienceName(audience) })
  byId('stop-title', HTMLElement).textContent = t('stopTitle', { level: levelWord(level) })
  byId('stop-what', HTMLElement).textContent = t('stopWhat', {
    headline: text?.headline ?? id,
    languages: Object.keys(texts).join(', '),
  })
  byId('stop-topics', HTMLElement).textContent = topicsOf(config, topics)
  byId('stop-send', HTMLButtonElement).dataset.audience = audience
  const act = async () => {
    const answer = await call<{ accepted: number; stopped: number }>(`/v1/alerts/${id}/stop`, { method: 'POST' })
    if (answer.result === 'refused') return isSignedOut(answer.problem) ? null : answer.problem.detail
    if (answer.result === 'lost') return `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`
    const { accepted, stopped } = answer.body
    done(t('stopped', { accepted: amount(accepted), stopped: amount(stopped) }))
    return null
  }
  askDeliberately('stop', act, focusBack)
}
