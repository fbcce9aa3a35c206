import type { ProblemBody } from '../../../domain/problem.ts'
import { pressedButton, sending } from '../busy-button.ts'
import { type Answer, call } from '../desk-api.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { type DeskEditor, isColleagues } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import type { Say } from '../state/item-news.ts'
import { askToDelete, askToTakeBack } from './ask-take-back.ts'
import { itemIn } from './draft-saver.ts'

type Deps = {
  readonly say: Say
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** The item as it stands after the act, or as it was found. */
  readonly found: (item: DeskItem) => void
  readonly gone: (item: DeskItem) => void
  readonly me: () => DeskEditor | null
}

/** Cancels what waits, and deletes drafts. */
export class WaitingActs {
  readonly #deps: Deps
  readonly #running = new Set<string>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Cancels an item. Returns it as it is then, or null when it could not be cancelled. */
  async cancel(item: DeskItem): Promise<DeskItem | null> {
    const { say, found } = this.#deps
    const answer = await this.#once<{ readonly item: DeskItem }>(item, () =>
      call(`/v1/desk/items/${item.id}/cancel`, {
        method: 'POST',
        key: `cancel.${item.id}.${item.version}`,
        body: {},
        onRetry: () => say(t('cancelling')),
      }),
    )
    if (answer === null) return null
    if (answer.result === 'done') {
      found(answer.body.item)
      return answer.body.item
    }
    this.#tell(answer, t('pressAgain'))
    return null
  }

  /** Cancels an item so that it can be changed. What a colleague submitted is asked about first; they are told. */
  async takeBack(item: DeskItem): Promise<DeskItem | null> {
    const button = pressedButton()
    if (isColleagues(item, this.#deps.me()) && !(await askToTakeBack(item))) return null
    const cancelling = this.cancel(item)
    sending(cancelling, button)
    return cancelling
  }

  /** Ends the lock of who reads an item before approving it. */
  async unlock(item: DeskItem): Promise<void> {
    const answer = await this.#once(item, () =>
      call(`/v1/desk/items/${item.id}/lock`, { method: 'DELETE', attempts: 2 }),
    )
    if (answer === null) return
    if (answer.result === 'done') this.#deps.found(item)
    else this.#tell(answer, t('pressAgain'))
  }

  /** Deletes a draft, after a question: it is gone for everybody. */
  async remove(item: DeskItem): Promise<void> {
    const button = pressedButton()
    if (!(await askToDelete(item))) return
    const deleting = this.#once(item, () =>
      call(`/v1/desk/items/${item.id}?version=${item.version}`, { method: 'DELETE', attempts: 2 }),
    )
    sending(deleting, button)
    const answer = await deleting
    if (answer === null) return
    if (answer.result === 'done' || (answer.result === 'refused' && answer.problem.status === 404))
      return this.#deps.gone(item)
    this.#tell(answer, t('pressAgain'))
  }

  /** One act on an item at a time: a second press does nothing while the first has no answer. */
  async #once<Body>(item: DeskItem, act: () => Promise<Answer<Body>>): Promise<Answer<Body> | null> {
    if (this.#running.has(item.id)) return null
    this.#running.add(item.id)
    try {
      return await act()
    } finally {
      this.#running.delete(item.id)
    }
  }

  #tell(answer: Exclude<Answer<unknown>, { result: 'done' }>, more: string): void {
    const { say, isSignedOut, found } = this.#deps
    if (answer.result === 'lost') {
      say(`${answer.detail ?? t('noAnswer')} ${more}`, 'connection')
    } else if (!isSignedOut(answer.problem)) {
      const item = itemIn(answer.problem)
      if (item !== null) found(item)
      say(item?.state === 'published' ? t('tooLate') : answer.problem.detail, item === null ? null : { item })
    }
  }
}
