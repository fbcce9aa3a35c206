import { call } from '../desk-api.ts'
import { alertOf } from '../editing/composing.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import type { DeskState } from '../state/desk-state.ts'
import type { DeskStatus } from '../state/desk-status.ts'
import { t } from '../state/desk-words.ts'
import { followed, type ItemTold, newsOf } from '../state/item-news.ts'
import { isEnded } from '../state/retracted-alerts.ts'
import { nameOfItem, unnamed } from './item-name.ts'

type Deps = {
  readonly status: DeskStatus
  readonly me: () => DeskState['me']
  readonly published: (alertId: string) => Promise<unknown>
  /** Items that were shown have a name now, by the alerts that they change. */
  readonly named: () => void
}

/** Tells, in the line at the top, what others and the clock did to what waits and to what that line is about. */
export class ItemAnnouncer {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** `waiting`: what the page showed as waiting until now; `all`: what the service lists now. */
  async look(waiting: readonly DeskItem[], all: readonly DeskItem[]): Promise<void> {
    const { status, published, named } = this.#deps
    const nameless = unnamed(all)
    if (nameless.length > 0) {
      await Promise.all(nameless.map(alertOf))
      if (unnamed(nameless).length < nameless.length) named()
    }
    const before = followed(waiting, status.about)
    this.#tell(newsOf(before, all))
    for (const was of before.filter(({ id }) => !all.some((it) => it.id === id))) {
      const answer = await call<{ readonly item: DeskItem }>(`/v1/desk/items/${was.id}`)
      if (answer.result === 'refused' && answer.problem.status === 404) this.#gone(was)
      if (answer.result !== 'done') continue
      this.#tell(newsOf([was], [answer.body.item]))
      if (answer.body.item.state === 'published' && was.state !== 'published') await published(answer.body.item.alertId)
    }
  }

  #tell(news: readonly ItemTold[]): void {
    const last = news[news.length - 1]
    if (last === undefined) return
    const { me, status } = this.#deps
    status.say(news.map((told) => wordsOf(told, me())).join(' '), { item: last.item, isNews: true })
  }

  /** It was deleted: nothing that was said of it counts. */
  #gone({ id }: DeskItem): void {
    const { about } = this.#deps.status
    if (about !== null && about !== 'connection' && about.item.id === id) this.#deps.status.say('')
  }
}

/** How an act of this editor ended, by how its item stands. */
export function actedWords(item: DeskItem): string {
  return t(`acted_${item.state}`, { headline: nameOfItem(item).headline })
}

/** That the alert of an item was retracted while it waited, and by whom. */
export function endedWords(item: DeskItem): string {
  return t('told_ended', { name: item.refusal?.by ?? t('anotherEditor'), headline: nameOfItem(item).headline })
}

function wordsOf({ item, what, by }: ItemTold, me: DeskState['me']): string {
  if (isEnded(item)) return endedWords(item)
  if (what === 'published' && item.submittedBy?.id === me?.id) return t('published')
  if (by !== null && by.id === me?.id && what !== 'approved') return actedWords(item)
  const { headline } = nameOfItem(item)
  return t(`told_${what}`, { headline, name: by?.name ?? t('anotherEditor') })
}
