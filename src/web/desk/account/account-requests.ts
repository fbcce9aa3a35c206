import type { Mistake, ProblemBody } from '../../../domain/problem.ts'
import { LatestRequest } from '../../shared/latest-request.ts'
import { type Answer, call } from '../desk-api.ts'
import { t } from '../state/desk-words.ts'
import type { AccountState, Place } from './account-state.ts'

type Deps = {
  readonly ask?: typeof call
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly set: (changed: Partial<AccountState>) => void
}

/** Mistakes that stand at a field of a form, by the part of the view that has it. Others are told above it. */
const fields: Partial<Readonly<Record<Place, RegExp>>> = {
  make: /^\/(?:name|levels|expiresAt)/,
  hook: /^\/(?:name|url|events)/,
}

/** The requests of “Account and keys”: one change at a time, and no answer is shown to who has closed the view meanwhile. */
export class AccountRequests {
  readonly #deps: Deps
  readonly #ask: typeof call
  readonly #turns = new LatestRequest()
  readonly #reads: { [place in Place]?: LatestRequest } = {}
  #isStill: () => boolean = () => false
  #isActing = false

  constructor(deps: Deps) {
    this.#deps = deps
    this.#ask = deps.ask ?? call
  }

  /** Whether a change is under way whose answer must be seen: a key that is made is shown once. */
  get isActing(): boolean {
    return this.#isActing
  }

  /** The view is opened or closed: what was asked before is nobody's any more. */
  turn(): void {
    this.#isStill = this.#turns.begin()
  }

  /** Reads what a part of the view shows. An answer that comes after a later reading has begun is older, and is not shown. */
  async read<Body>(place: Place, path: string, show: (body: Body) => void): Promise<void> {
    const isStill = this.#isStill
    this.#reads[place] ??= new LatestRequest()
    const isLatest = this.#reads[place].begin()
    const answer = await this.#ask<Body>(path)
    if (!isStill() || !isLatest()) return
    if (answer.result === 'done') show(answer.body)
    else this.failed(place, answer)
  }

  /** One change at a time. Null: another is under way, or its answer is nobody's any more. */
  async send<Body>(
    place: Place,
    path: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    attempts: number,
    body?: object,
  ): Promise<Answer<Body> | null> {
    const answer = await this.raw<Body>(path, { method, attempts, ...(body === undefined ? {} : { body }) })
    return answer === null || answer.result === 'done' || !this.failed(place, answer) ? answer : null
  }

  /** The same for who looks at the answer first. */
  async raw<Body>(path: string, options: Parameters<typeof call>[1]): Promise<Answer<Body> | null> {
    if (this.#isActing) return null
    this.#isActing = true
    this.#deps.set({ note: null, mistakes: [] })
    const isStill = this.#isStill
    const answer = await this.#ask<Body>(path, options)
    this.#isActing = false
    return isStill() ? answer : null
  }

  /** The form was changed: what was wrong with it is not said any more. */
  forgetMistakes(): void {
    this.#deps.set({ mistakes: [] })
  }

  say(place: Place, words: string): void {
    this.#deps.set({ note: { place, kind: 'said', words } })
  }

  fail(place: Place, words: string): void {
    this.#deps.set({ note: { place, kind: 'error', words } })
  }

  /** Tells why. True: the session has ended, which was told already. */
  failed(place: Place, answer: Exclude<Answer<unknown>, { readonly result: 'done' }>): boolean {
    if (answer.result === 'refused' && this.#deps.isSignedOut(answer.problem)) return true
    if (answer.result === 'lost') this.fail(place, `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`)
    else {
      const { errors: mistakes = [], detail } = answer.problem
      this.#deps.set({ mistakes: mistakes.map((it: Mistake) => ({ ...it, place })) })
      this.fail(place, mistakes.some(({ pointer }) => fields[place]?.test(pointer)) ? '' : detail)
    }
    return false
  }
}
