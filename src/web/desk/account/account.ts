import type { ProblemBody } from '../../../domain/problem.ts'
import { LatestRequest } from '../../shared/latest-request.ts'
import { type Answer, call } from '../desk-api.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import {
  type AccountState,
  type AuditPage,
  type KeyForm,
  type ListedKey,
  newKeyOf,
  noAccount,
  type OpenSession,
  type Place,
  withMade,
  withNewest,
  withOlder,
} from './account-state.ts'

type Deps = {
  readonly ask?: typeof call
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly changed: (state: AccountState) => void
  /** Gives the focus to an element, by its id, where there is one. */
  readonly focus: (id: string) => void
  /** The same where the focus has gone with what had it. */
  readonly rescue: (id: string) => void
  /** Every session of this editor has ended, this one too. */
  readonly signedOut: () => void
}

const auditPath = '/v1/desk/audit?limit=100'

/** “Account and keys”: one's own sessions, and for admins the keys and the audit log. What it knows ends when it is closed. */
export class Account {
  readonly #deps: Deps
  readonly #ask: typeof call
  readonly #turns = new LatestRequest()
  #isStill: () => boolean = () => false
  #isActing = false
  #state = noAccount

  constructor(deps: Deps) {
    this.#deps = deps
    this.#ask = deps.ask ?? call
  }

  get state(): AccountState {
    return this.#state
  }

  /** Whether a change is under way whose answer must be seen: a key that is made is shown once. */
  get isActing(): boolean {
    return this.#isActing
  }

  async open(me: DeskEditor): Promise<void> {
    this.#isStill = this.#turns.begin()
    this.#state = noAccount
    this.#set({ me })
    await Promise.all([this.#readSessions(), ...(me.role === 'admin' ? [this.#readKeys(), this.#readAudit()] : [])])
  }

  close(): void {
    this.#turns.begin()
    this.#state = noAccount
    this.#deps.changed(this.#state)
  }

  async endSession(id: string): Promise<void> {
    const answer = await this.#send('sessions', `/v1/desk/sessions/${encodeURIComponent(id)}`, 'DELETE', 2)
    if (answer === null) return
    if (answer.result === 'done') this.#say('sessions', t('signedOutThere'))
    await Promise.all([this.#readSessions(), this.#readAudit()])
    this.#deps.rescue('sessions-title')
  }

  async endAll(): Promise<void> {
    if (this.#isActing) return
    const isStill = this.#begin()
    let isRepeated = false
    const onRetry = () => {
      isRepeated = true
    }
    const answer = await this.#ask('/v1/desk/sessions', { method: 'DELETE', attempts: 2, onRetry })
    this.#isActing = false
    // The second attempt is refused by what the first one did, whose answer was lost. A first one that is refused did nothing.
    const isDone =
      answer.result === 'done' || (isRepeated && answer.result === 'refused' && answer.problem.status === 401)
    if (isDone) this.#deps.signedOut()
    else if (isStill()) this.#failed('sessions', answer)
  }

  write(changed: Partial<KeyForm>): void {
    this.#set({ form: { ...this.#state.form, ...changed }, mistakes: [] })
  }

  async make(): Promise<void> {
    const { form } = this.#state
    const body = newKeyOf(form, Date.now())
    const answer = await this.#send<{ readonly key: string }>('make', '/v1/desk/editors', 'POST', 1, body)
    if (answer === null) return
    if (answer.result === 'done') {
      this.#state = withMade(this.#state, form.name.trim(), answer.body.key)
      this.#deps.changed(this.#state)
      this.#deps.focus('made-copy')
    } else if (answer.result === 'lost') this.#fail('make', answer.detail ?? t('madeUnknown'))
    await Promise.all([this.#readKeys(), this.#readAudit()])
  }

  /** What became of turning notifications on or off; null: it is done. */
  pushed(refusal: string | null): void {
    if (refusal === null) this.#set({ note: null })
    else this.#fail('push', refusal || t('noAnswerKnown'))
  }

  /** What became of the copying. */
  copied(isCopied: boolean): void {
    this.#say('make', t(isCopied ? 'copied' : 'copyByHand'))
  }

  /** Whether the view may be closed by a key that is easily pressed: not over a key that nobody can show again. */
  mayLeave(): boolean {
    if (this.#isActing) return false
    if (this.#state.made === null) return true
    this.#fail('make', t('copyFirst'))
    this.#deps.focus('made-copy')
    return false
  }

  forgetMade(): void {
    this.#set({ made: null, note: null })
    this.#deps.focus('key-name')
  }

  askToRevoke(id: string): void {
    this.#set({ asking: id, note: null })
    this.#deps.focus('revoke-leave')
  }

  leave(): void {
    const { asking } = this.#state
    this.#set({ asking: null })
    if (asking !== null) this.#deps.focus(`revoke-${asking}`)
  }

  async revoke(): Promise<void> {
    const key = this.#state.keys?.find(({ id }) => id === this.#state.asking)
    if (key === undefined) return
    const answer = await this.#send('keys', `/v1/desk/editors/${encodeURIComponent(key.id)}`, 'DELETE', 1)
    if (answer === null) return
    this.#set({ asking: null })
    if (answer.result === 'done') this.#say('keys', t('revoked', { name: key.name }))
    await Promise.all([this.#readKeys(), this.#readAudit()])
    if (answer.result !== 'done') this.#deps.rescue(`revoke-${key.id}`)
    this.#deps.rescue('keys-title')
  }

  async more(): Promise<void> {
    const next = this.#state.audit?.next
    if (next === undefined) return
    const answer = await this.#send<AuditPage>('audit', `${auditPath}&before=${encodeURIComponent(next)}`, 'GET', 2)
    if (answer?.result !== 'done') return
    this.#state = withOlder(this.#state, answer.body)
    this.#deps.changed(this.#state)
    this.#deps.rescue('audit-title')
  }

  #readSessions(): Promise<void> {
    return this.#read<{ readonly sessions: readonly OpenSession[] }>('sessions', '/v1/desk/sessions', (body) =>
      this.#set({ sessions: body.sessions }),
    )
  }

  #readKeys(): Promise<void> {
    return this.#read<{ readonly editors: readonly ListedKey[] }>('keys', '/v1/desk/editors', ({ editors }) => {
      // Somebody else may have revoked the key about which it is asked.
      const asking = editors.some(({ id }) => id === this.#state.asking) ? this.#state.asking : null
      this.#set({ keys: editors, asking })
    })
  }

  async #readAudit(): Promise<void> {
    if (this.#state.me?.role !== 'admin') return
    await this.#read<AuditPage>('audit', auditPath, (page) => this.#set(withNewest(this.#state, page)))
  }

  async #read<Body>(place: Place, path: string, show: (body: Body) => void): Promise<void> {
    const isStill = this.#isStill
    const answer = await this.#ask<Body>(path)
    if (!isStill()) return
    if (answer.result === 'done') show(answer.body)
    else this.#failed(place, answer)
  }

  /** One change at a time. Null: another is under way, or its answer is nobody's any more. */
  async #send<Body>(
    place: Place,
    path: string,
    method: 'GET' | 'POST' | 'DELETE',
    attempts: number,
    body?: object,
  ): Promise<Answer<Body> | null> {
    if (this.#isActing) return null
    const isStill = this.#begin()
    const answer = await this.#ask<Body>(path, { method, attempts, ...(body === undefined ? {} : { body }) })
    this.#isActing = false
    if (!isStill()) return null
    return answer.result === 'done' || !this.#failed(place, answer) ? answer : null
  }

  #begin(): () => boolean {
    this.#isActing = true
    this.#set({ note: null, mistakes: [] })
    return this.#isStill
  }

  /** Tells why. True: the session has ended, which was told already. */
  #failed(place: Place, answer: Exclude<Answer<unknown>, { readonly result: 'done' }>): boolean {
    if (answer.result === 'refused' && this.#deps.isSignedOut(answer.problem)) return true
    if (answer.result === 'lost') this.#fail(place, `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`)
    else {
      const { errors: mistakes = [], detail } = answer.problem
      this.#set({ mistakes })
      this.#fail(place, mistakes.some(({ pointer }) => /^\/(?:name|levels|expiresAt)/.test(pointer)) ? '' : detail)
    }
    return false
  }

  #say(place: Place, words: string): void {
    this.#set({ note: { place, kind: 'said', words } })
  }

  #fail(place: Place, words: string): void {
    this.#set({ note: { place, kind: 'error', words } })
  }

  #set(changed: Partial<AccountState>): void {
    this.#state = { ...this.#state, ...changed }
    this.#deps.changed(this.#state)
  }
}
