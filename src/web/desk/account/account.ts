import type { ProblemBody } from '../../../domain/problem.ts'
import type { call } from '../desk-api.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { AccountRequests } from './account-requests.ts'
import {
  type AccountState,
  type AuditPage,
  isGapBetween,
  isNoDays,
  type KeyForm,
  type ListedKey,
  newKeyOf,
  noAccount,
  type OpenSession,
  withMade,
  withNewest,
  withOlder,
} from './account-state.ts'
import { WebhooksDesk } from './webhooks/webhooks-desk.ts'

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
/** When so many pages are new, the log begins anew. */
const auditPagesMax = 10

/** “Account and keys”: one's own sessions, and for admins the keys, the webhooks and the audit log. What it knows ends when it is closed. */
export class Account {
  readonly hooks: WebhooksDesk
  readonly #deps: Deps
  readonly #requests: AccountRequests
  #state = noAccount

  constructor(deps: Deps) {
    this.#deps = deps
    const { ask, isSignedOut, focus, rescue } = deps
    const set = (changed: Partial<AccountState>) => this.#set(changed)
    this.#requests = new AccountRequests({ ...(ask === undefined ? {} : { ask }), isSignedOut, set })
    this.hooks = new WebhooksDesk({
      ...{ requests: this.#requests, focus, rescue },
      state: () => this.#state.hooks,
      set: (changed) => set({ hooks: { ...this.#state.hooks, ...changed } }),
      acted: () => this.#readAudit(),
    })
  }

  get state(): AccountState {
    return this.#state
  }

  /** Whether a change is under way whose answer must be seen: a key that is made is shown once. */
  get isActing(): boolean {
    return this.#requests.isActing
  }

  async open(me: DeskEditor): Promise<void> {
    this.#requests.turn()
    this.#state = noAccount
    this.#set({ me })
    const forAdmins = () => [this.#readKeys(), this.hooks.read(), this.#readAudit()]
    await Promise.all([this.#readSessions(), ...(me.role === 'admin' ? forAdmins() : [])])
  }

  close(): void {
    this.#requests.turn()
    this.#state = noAccount
    this.#deps.changed(this.#state)
  }

  async endSession(id: string): Promise<void> {
    const answer = await this.#requests.send('sessions', `/v1/desk/sessions/${encodeURIComponent(id)}`, 'DELETE', 2)
    if (answer === null) return
    if (answer.result === 'done') this.#requests.say('sessions', t('signedOutThere'))
    await Promise.all([this.#readSessions(), this.#readAudit()])
    this.#deps.rescue('sessions-title')
  }

  async endAll(): Promise<void> {
    let isRepeated = false
    const onRetry = () => {
      isRepeated = true
    }
    const answer = await this.#requests.raw('/v1/desk/sessions', { method: 'DELETE', attempts: 2, onRetry })
    if (answer === null) return
    // The second attempt is refused by what the first one did, whose answer was lost. A first one that is refused did nothing.
    const isDone =
      answer.result === 'done' || (isRepeated && answer.result === 'refused' && answer.problem.status === 401)
    if (isDone) this.#deps.signedOut()
    else this.#requests.failed('sessions', answer)
  }

  write(changed: Partial<KeyForm>): void {
    this.#set({ form: { ...this.#state.form, ...changed }, mistakes: [] })
  }

  async make(): Promise<void> {
    const { form } = this.#state
    if (isNoDays(form)) {
      const detail = t('numberWanted')
      this.#deps.focus('key-days')
      return this.#set({ note: null, mistakes: [{ place: 'make', pointer: '/expiresAt', detail }] })
    }
    const body = newKeyOf(form, Date.now())
    const answer = await this.#requests.send<{ readonly key: string }>('make', '/v1/desk/editors', 'POST', 1, body)
    if (answer === null) return
    if (answer.result === 'done') {
      this.#state = withMade(this.#state, form.name.trim(), answer.body.key)
      this.#deps.changed(this.#state)
      this.#deps.focus('made-copy')
    } else if (answer.result === 'lost') this.#requests.fail('make', answer.detail ?? t('madeUnknown'))
    await Promise.all([this.#readKeys(), this.#readAudit()])
  }

  /** What became of turning notifications on or off; null: it is done. */
  pushed(refusal: string | null): void {
    if (refusal === null) this.#set({ note: null })
    else this.#requests.fail('push', refusal || t('noAnswerKnown'))
    // A browser that blocks notifications leaves no button to press.
    this.#deps.rescue('push-title')
  }

  /** What became of the copying. */
  copied(place: 'make' | 'hook', isCopied: boolean): void {
    this.#requests.say(place, t(isCopied ? 'copied' : 'copyByHand'))
  }

  /** Whether the view may be closed by a key that is easily pressed: not over a key that nobody can show again. */
  mayLeave(): boolean {
    if (this.isActing) return false
    const { made, hooks } = this.#state
    if (made !== null) this.#requests.fail('make', t('copyFirst'))
    if (hooks.made !== null) this.#requests.fail('hook', t('secretFirst'))
    if (made !== null || hooks.made !== null) this.#deps.focus(made === null ? 'secret-copy' : 'made-copy')
    return made === null && hooks.made === null
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
    const answer = await this.#requests.send('keys', `/v1/desk/editors/${encodeURIComponent(key.id)}`, 'DELETE', 1)
    if (answer === null) return
    this.#set({ asking: null })
    if (answer.result === 'done') this.#requests.say('keys', t('revoked', { name: key.name }))
    await Promise.all([this.#readKeys(), this.#readAudit()])
    if (answer.result !== 'done') this.#deps.rescue(`revoke-${key.id}`)
    this.#deps.rescue('keys-title')
  }

  async more(): Promise<void> {
    const next = this.#state.audit?.next
    if (next === undefined) return
    const answer = await this.#requests.send<AuditPage>(
      'audit',
      `${auditPath}&before=${encodeURIComponent(next)}`,
      'GET',
      2,
    )
    if (answer?.result !== 'done') return
    this.#state = withOlder(this.#state, answer.body)
    this.#deps.changed(this.#state)
    this.#deps.rescue('audit-title')
  }

  #readSessions(): Promise<void> {
    return this.#requests.read<{ readonly sessions: readonly OpenSession[] }>('sessions', '/v1/desk/sessions', (body) =>
      this.#set({ sessions: body.sessions }),
    )
  }

  #readKeys(): Promise<void> {
    return this.#requests.read<{ readonly editors: readonly ListedKey[] }>(
      'keys',
      '/v1/desk/editors',
      ({ editors }) => {
        // Somebody else may have revoked the key about which it is asked.
        const asking = editors.some(({ id }) => id === this.#state.asking) ? this.#state.asking : null
        this.#set({ keys: editors, asking })
      },
    )
  }

  async #readAudit(): Promise<void> {
    if (this.#state.me?.role !== 'admin') return
    let newest: AuditPage = { lines: [] }
    let from = ''
    // What was shown stays, however much was logged since: what is between is read too.
    for (let pages = 1; pages <= auditPagesMax; pages += 1) {
      let read: AuditPage | undefined
      await this.#requests.read<AuditPage>('audit', `${auditPath}${from}`, (page) => {
        read = page
      })
      if (read === undefined) return
      newest = { ...read, lines: [...newest.lines, ...read.lines] }
      if (!isGapBetween(this.#state, newest)) break
      from = `&before=${encodeURIComponent(newest.next ?? '')}`
    }
    this.#set(withNewest(this.#state, newest))
  }

  #set(changed: Partial<AccountState>): void {
    this.#state = { ...this.#state, ...changed }
    this.#deps.changed(this.#state)
  }
}
