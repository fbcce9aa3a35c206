import type { Webhook } from '../../../../desk/webhooks/webhook.ts'
import { amount } from '../../state/amounts.ts'
import { t } from '../../state/desk-words.ts'
import { failureWords } from '../../state/service-words.ts'
import type { AccountRequests } from '../account-requests.ts'
import {
  type DeadLetterPage,
  type HookForm,
  type HooksState,
  newHookBody,
  turnedHookBody,
  withAdded,
  withNewestLetters,
  withOlderLetters,
  withoutLetter,
} from './webhooks-state.ts'

type Deps = {
  readonly requests: AccountRequests
  readonly state: () => HooksState
  readonly set: (changed: Partial<HooksState>) => void
  /** Gives the focus to an element, by its id, where there is one. */
  readonly focus: (id: string) => void
  /** The same where the focus has gone with what had it. */
  readonly rescue: (id: string) => void
  /** Something was done, which the audit log tells of. */
  readonly acted: () => Promise<void>
}

type Made = { readonly webhook: Webhook; readonly secret: string }
type Tested = { readonly accepted: boolean; readonly status?: number; readonly reason?: string }

const path = '/v1/desk/webhooks'
const deadPath = '/v1/desk/dead-letters'

/** The webhooks and the dead letters, for admins. */
export class WebhooksDesk {
  readonly #deps: Deps
  #isDeadReadAnew = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async read(): Promise<void> {
    await Promise.all([this.#readHooks(), this.#readDead()])
  }

  write(changed: Partial<HookForm>): void {
    const { state, set, requests } = this.#deps
    set({ form: { ...state().form, ...changed } })
    requests.forgetMistakes()
  }

  async add(): Promise<void> {
    const { state, set, focus, requests } = this.#deps
    const { form } = state()
    const answer = await requests.send<Made>('hook', path, 'POST', 1, newHookBody(form))
    if (answer === null) return
    if (answer.result === 'done') {
      set(withAdded(state(), answer.body.webhook.name, answer.body.secret))
      focus('secret-copy')
    } else if (answer.result === 'lost') requests.fail('hook', answer.detail ?? t('hookUnknown'))
    await this.#afterwards()
  }

  forgetMade(): void {
    this.#deps.set({ made: null })
    this.#deps.requests.say('hook', '')
    this.#deps.focus('hook-name')
  }

  /** Pauses a webhook, or lets it go on. */
  async turn(id: string, to: 'active' | 'paused'): Promise<void> {
    const hook = this.#hook(id)
    if (hook === undefined) return
    const answer = await this.#deps.requests.send('hooks', at(id), 'PUT', 2, turnedHookBody(hook, to))
    if (answer === null) return
    if (answer.result === 'done') this.#deps.requests.say('hooks', t(`hookTurned_${to}`, { name: hook.name }))
    await this.#afterwards()
    this.#deps.rescue('hooks-title')
  }

  async test(id: string): Promise<void> {
    const { requests } = this.#deps
    const hook = this.#hook(id)
    if (hook === undefined) return
    const answer = await requests.send<Tested>('hooks', `${at(id)}/test`, 'POST', 1)
    if (answer === null) return
    if (answer.result === 'done') {
      const { accepted, status, reason = '' } = answer.body
      const { name } = hook
      if (accepted) requests.say('hooks', t('hookTested', { name }))
      else if (status === undefined) requests.fail('hooks', t('hookTestLost', { name, reason: failureWords(reason) }))
      else requests.fail('hooks', t('hookTestRefused', { name, status: amount(status) }))
    }
    await this.#deps.acted()
  }

  /** Makes another secret; the former one counts for another day. */
  async newSecret(id: string): Promise<void> {
    const { set, focus, requests } = this.#deps
    const answer = await requests.send<Made>('hook', `${at(id)}/rotate`, 'POST', 1)
    if (answer === null) return
    if (answer.result === 'done') {
      set({ made: { name: answer.body.webhook.name, secret: answer.body.secret, isNext: true } })
      focus('secret-copy')
    }
    await this.#afterwards()
  }

  askToDelete(id: string): void {
    this.#deps.set({ asking: id })
    this.#deps.focus('hook-delete-leave')
  }

  leave(): void {
    const { asking } = this.#deps.state()
    this.#deps.set({ asking: null })
    if (asking !== null) this.#deps.focus(`hook-delete-${asking}`)
  }

  async remove(): Promise<void> {
    const { state, set, requests, rescue } = this.#deps
    const { asking } = state()
    const hook = asking === null ? undefined : this.#hook(asking)
    if (hook === undefined) return
    const answer = await requests.send('hooks', at(hook.id), 'DELETE', 2)
    if (answer === null) return
    set({ asking: null })
    if (answer.result === 'done') requests.say('hooks', t('hookDeleted', { name: hook.name }))
    await this.#afterwards()
    if (answer.result !== 'done') rescue(`hook-delete-${hook.id}`)
    rescue('hooks-title')
  }

  async sendAgain(id: string): Promise<void> {
    const { state, set } = this.#deps
    await this.#replay(`${deadPath}/${encodeURIComponent(id)}/replay`, undefined, () =>
      set({ dead: withoutLetter(state(), id) }),
    )
  }

  async sendAllAgain(): Promise<void> {
    // Of those that were shown only the ones that are read again are left.
    await this.#replay(`${deadPath}/replay`, {}, () => {
      this.#isDeadReadAnew = true
    })
  }

  /** Shows older dead letters too. */
  async more(): Promise<void> {
    const { state, set, requests, rescue } = this.#deps
    const next = state().dead?.next
    if (next === undefined) return
    const older = `${deadPath}?before=${encodeURIComponent(next)}`
    const answer = await requests.send<DeadLetterPage>('dead', older, 'GET', 2)
    if (answer?.result !== 'done') return
    set({ dead: withOlderLetters(state(), answer.body) })
    rescue('dead-title')
  }

  /** Sent again, a message keeps its id: a receiver that has it drops it, so that an answer may be lost. */
  async #replay(to: string, body: object | undefined, gone: () => void): Promise<void> {
    const { requests, rescue } = this.#deps
    const answer = await requests.send<{ readonly replayed: number }>('dead', to, 'POST', 2, body)
    if (answer === null) return
    const isDone = answer.result === 'done'
    if (isDone || (answer.result === 'refused' && answer.problem.code === 'no-such-message')) gone()
    if (isDone) requests.say('dead', t('deadSent', { count: amount(answer.body.replayed) }))
    await this.#afterwards()
    rescue('dead-title')
  }

  async #afterwards(): Promise<void> {
    await Promise.all([this.read(), this.#deps.acted()])
  }

  #readHooks(): Promise<void> {
    const { state, set, requests } = this.#deps
    return requests.read<{ readonly webhooks: readonly Webhook[] }>('hooks', path, ({ webhooks }) => {
      // Somebody else may have deleted the one about which it is asked.
      const asking = webhooks.some(({ id }) => id === state().asking) ? state().asking : null
      set({ webhooks, asking })
    })
  }

  #readDead(): Promise<void> {
    const { state, set, requests } = this.#deps
    return requests.read<DeadLetterPage>('dead', deadPath, (page) => {
      set({ dead: this.#isDeadReadAnew ? page : withNewestLetters(state(), page) })
      this.#isDeadReadAnew = false
    })
  }

  #hook(id: string): Webhook | undefined {
    return this.#deps.state().webhooks?.find((it) => it.id === id)
  }
}

function at(id: string): string {
  return `${path}/${encodeURIComponent(id)}`
}
