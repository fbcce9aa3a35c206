import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import { type DryRun, reachOf } from '../editing/desk-audience.ts'
import { changedOf } from '../editing/desk-changed.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { randomKey } from '../editing/random-key.ts'
import { t } from '../state/desk-words.ts'
import type { Outcome } from './deliberate.ts'
import { deliberateDialog } from './deliberate-dialog.ts'
import {
  type BegunRetraction,
  newRetraction,
  noteSent,
  type Retraction,
  waitNoMore,
  withMeanwhile,
} from './retraction.ts'
import { changedId, retractionContent, whose } from './retraction-view.ts'

type Asks = {
  readonly config: DeskConfig
  readonly done: (alert: Alert) => void
  /** Puts the focus where the alert is, when what had it is gone. */
  readonly focusBack: (alert: Alert) => void
  /** Asks for the key again when the session has ended. Returns whether it had. */
  readonly isSignedOut: (problem: ProblemBody) => boolean
}

/** How one asks whether an alert is retracted, and retracts it. */
export type Retracting = {
  readonly ask: (alert: Alert) => void
  /** To be called with what waits at the desk. */
  readonly waits: (items: readonly DeskItem[]) => void
  /** To be called with the published alerts, as they stand now. */
  readonly read: (alerts: readonly Alert[]) => void
}

/** Offers the dialog. */
export function offerRetracting({ config, done, focusBack, isSignedOut }: Asks): Retracting {
  const begun = new Map<string, BegunRetraction>()
  const usual = config.retractionNotes
  let retraction: Retraction | null = null
  let waiting: readonly DeskItem[] = []
  const dialog = deliberateDialog('retract', () =>
    retraction === null ? null : retractionContent(retraction, config, waiting, write),
  )
  const set = (next: Retraction) => {
    retraction = next
    dialog.draw()
  }

  function write(tag: string, words: string): void {
    if (retraction === null) return
    const { alert, key, note } = retraction
    const written = { ...note, [tag]: words }
    begun.set(alert.id, { key, note: written })
    set({ ...retraction, note: written })
  }

  async function act(showProgress: (progress: string) => void): Promise<Outcome> {
    if (retraction === null) return null
    const { alert, key } = retraction
    const answer = await call(`/v1/alerts/${alert.id}/retraction`, {
      method: 'POST',
      key,
      version: alert.version,
      body: { note: noteSent(retraction) },
      onRetry: (attempt, why = t('noAnswerYet')) => showProgress(`${why} ${t('askingAgain', { attempt })}`),
    })
    if (answer.result === 'lost') return `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`
    if (answer.result === 'refused') {
      const changed = changedOf(answer.problem)
      if (changed === null) return isSignedOut(answer.problem) ? null : answer.problem.detail
      // The newer version is retracted only after another tick and press, with the change shown.
      set(withMeanwhile(retraction, changed, usual))
      void count(changed.alert)
      return { error: t('notRetractedYet'), notice: `${changedId}-title` }
    }
    begun.delete(alert.id)
    done(alert)
    return null
  }

  /** Shows how many readers get it. A retraction does not wait for the count. */
  async function count({ id, version, level, audience, topics, texts }: Alert): Promise<void> {
    const isStill = () => retraction?.alert.id === id && retraction.alert.version === version
    const body = { level, audience, topics, texts }
    const answer = await call<DryRun>('/v1/alerts?dryRun=true', { method: 'POST', body })
    // Another alert may be asked about by now.
    if (retraction === null || !isStill()) return
    const reach = answer.result === 'done' ? t('reaches', { reach: reachOf(level, answer.body) }) : t('reachUnknown')
    set({ ...retraction, reach })
  }

  /** Looks whether the alert is another by now: then that is read out and shown, and the box is ticked anew for it. */
  async function lookAgain(noMore: readonly DeskItem[] = []): Promise<void> {
    if (retraction === null) return
    const { id, version } = retraction.alert
    const path = `/v1/alerts/${id}/retraction?dryRun=true`
    const answer = await call(path, { method: 'POST', version, body: { note: noteSent(retraction) } })
    if (retraction?.alert.id !== id || retraction.alert.version !== version) return
    const changed = answer.result === 'refused' ? changedOf(answer.problem) : null
    if (changed === null) {
      const words = noMore.map((item) => t('waitsNoMore', whose(item)))
      if (answer.result === 'done' && words.length > 0) set({ ...retraction, news: words.join(' ') })
    } else if (dialog.askAgain()) {
      set({ ...withMeanwhile(retraction, changed, usual), news: t('waitsOut') })
      void count(changed.alert)
    }
  }

  return {
    waits(items) {
      if (items === waiting) return
      const noMore = retraction === null ? [] : waitNoMore(retraction.alert, waiting, items)
      waiting = items
      dialog.draw()
      if (noMore.length > 0 && dialog.isOpen()) void lookAgain(noMore)
    },
    read(alerts) {
      const newest = alerts.find(({ id }) => id === retraction?.alert.id)
      if (newest !== undefined && newest.version > (retraction?.alert.version ?? 0) && dialog.isOpen()) void lookAgain()
    },
    ask(alert) {
      retraction = newRetraction(alert, begun.get(alert.id) ?? { key: randomKey(), note: {} }, usual, t('counting'))
      dialog.ask({ act, focusBack: () => focusBack(alert) })
      void count(alert)
    },
  }
}
