import type { DeadLetter, Webhook, WebhookEventType } from '../../../../desk/webhooks/webhook.ts'

/** What a webhook can be told of, as the service names it. */
export const hookEvents: readonly WebhookEventType[] = [
  'item.awaiting-approval',
  'alert.published',
  'alert.updated',
  'alert.corrected',
  'alert.retracted',
  'alarm',
]
export const hookAudiences: readonly Webhook['audience'][] = ['public', 'test', 'all']

/** What a new webhook is to be. */
export type HookForm = Pick<Webhook, 'name' | 'url' | 'events' | 'audience'>

/** Dead letters, newest first; `next`: there may be older ones, after this. */
export type DeadLetterPage = { readonly deadLetters: readonly DeadLetter[]; readonly next?: string }

/** What the view shows of webhooks. Null: not read yet. */
export type HooksState = {
  readonly webhooks: readonly Webhook[] | null
  readonly dead: DeadLetterPage | null
  readonly form: HookForm
  /** The secret that was just made: nobody can show it again. `isNext`: the former one counts for another day. */
  readonly made: { readonly name: string; readonly secret: string; readonly isNext: boolean } | null
  /** The webhook about which it is asked whether it is deleted: its id. */
  readonly asking: string | null
}

const newHook: HookForm = { name: '', url: '', events: [...hookEvents], audience: 'public' }

export const noHooks: HooksState = { webhooks: null, dead: null, form: newHook, made: null, asking: null }

/** The form with an event chosen or not, in the usual order. */
export function withEvent(form: HookForm, event: WebhookEventType, isChosen: boolean): HookForm {
  return { ...form, events: hookEvents.filter((it) => (it === event ? isChosen : form.events.includes(it))) }
}

/** The body of `POST /v1/desk/webhooks`. */
export function newHookBody({ name, url, events, audience }: HookForm): object {
  return { name: name.trim(), url: url.trim(), events, audience }
}

/** The body of `PUT /v1/desk/webhooks/{id}` that changes only its state. */
export function turnedHookBody({ name, url, events, audience }: HookForm, state: 'active' | 'paused'): object {
  return { name, url, events, audience, state }
}

/** A webhook was added: the form is empty for the next one. */
export function withAdded(state: HooksState, name: string, secret: string): HooksState {
  return { ...state, form: newHook, made: { name, secret, isNext: false } }
}

/**
 * The newest dead letters over those that are shown. Those that were shown after the last of them stay: they were asked for,
 * and this page does not tell of them.
 */
export function withNewestLetters({ dead }: Pick<HooksState, 'dead'>, page: DeadLetterPage): DeadLetterPage {
  const shown = dead?.deadLetters ?? []
  const last = page.deadLetters[page.deadLetters.length - 1]
  const at = shown.findIndex(({ id }) => id === last?.id)
  if (dead === null || page.next === undefined || at === -1) return page
  return { ...dead, deadLetters: [...page.deadLetters, ...shown.slice(at + 1)] }
}

/** The dead letters without one that is dead no more. */
export function withoutLetter({ dead }: Pick<HooksState, 'dead'>, id: string): DeadLetterPage | null {
  return dead === null ? null : { ...dead, deadLetters: dead.deadLetters.filter((it) => it.id !== id) }
}

/** Older dead letters after those that are shown, each once. */
export function withOlderLetters({ dead }: Pick<HooksState, 'dead'>, page: DeadLetterPage): DeadLetterPage {
  const shown = dead?.deadLetters ?? []
  return { ...page, deadLetters: [...shown, ...page.deadLetters.filter(({ id }) => !shown.some((it) => it.id === id))] }
}
