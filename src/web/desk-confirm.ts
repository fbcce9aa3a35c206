import type { Mistake } from '../problem.ts'
import { type DeskConfig, languageNamed, levelNames } from './desk-config.ts'
import type { DeskDraft } from './desk-draft.ts'
import { byId, make } from './dom.ts'

/** What a dry run answers. */
export type Rehearsal = {
  readonly warnings: readonly Mistake[]
  readonly audience: Readonly<Record<string, { readonly push: number; readonly sockets: number }>>
  readonly previews: Readonly<
    Record<string, { readonly title: string; readonly body: string; readonly lang: string; readonly dir: string }>
  >
}

const verbs = { alert: 'Publish', update: 'Update', correction: 'Correct' } as const
const number = new Intl.NumberFormat('en')

/**
 * The last look before anything goes out: LIVE or TEST, how many readers, which languages, what phones will show.
 * Sending takes two acts, a tick and a press. `send` gives a sentence of trouble to show, or null when it went out.
 */
export function confirmSending(
  config: DeskConfig,
  draft: DeskDraft,
  rehearsal: Rehearsal,
  send: (say: (progress: string) => void) => Promise<string | null>,
): void {
  const dialog = byId('confirm', HTMLDialogElement)
  const button = byId('confirm-send', HTMLButtonElement)
  const tick = byId('deliberate', HTMLInputElement)
  const error = byId('confirm-error', HTMLElement)
  fill(config, draft, rehearsal)
  tick.checked = false
  button.disabled = true
  error.textContent = ''
  let state: 'asking' | 'sending' = 'asking'
  tick.onchange = () => {
    button.disabled = !tick.checked || state === 'sending'
  }
  // Escape must not hide a sending that goes on.
  dialog.oncancel = (event) => {
    if (state === 'sending') event.preventDefault()
  }
  button.onclick = async () => {
    state = 'sending'
    button.disabled = true
    const trouble = await send((progress) => {
      error.textContent = progress
    })
    state = 'asking'
    button.disabled = !tick.checked
    if (trouble === null) dialog.close()
    else error.textContent = trouble
  }
  dialog.showModal()
  byId('confirm-cancel', HTMLButtonElement).focus()
}

function fill(config: DeskConfig, draft: DeskDraft, { warnings, audience, previews }: Rehearsal): void {
  const live = draft.audience === 'public'
  const word = live ? 'LIVE' : 'TEST'
  const push = sum(Object.values(audience).map((it) => it.push))
  const sockets = sum(Object.values(audience).map((it) => it.sockets))
  const banner = byId('confirm-audience', HTMLElement)
  banner.dataset.audience = draft.audience
  banner.textContent = live ? 'LIVE: goes to readers' : 'TEST: goes to editors only'
  const level = draft.level === '' ? '' : levelNames[draft.level]
  byId('confirm-title', HTMLElement).textContent = `${verbs[draft.kind]} this ${level} alert?`
  const reach =
    draft.level === 'routine'
      ? `${number.format(sockets)} open pages and the feeds`
      : `${number.format(push)} devices and ${number.format(sockets)} open pages`
  byId('confirm-reach', HTMLElement).textContent = `It reaches ${reach} now.`
  byId('confirm-warnings', HTMLElement).replaceChildren(...warnings.map(({ detail }) => make('li', {}, detail)))
  byId('confirm-previews', HTMLElement).replaceChildren(
    ...Object.entries(previews).map(([tag, { title, body, lang, dir }]) => {
      const { name } = languageNamed(config, tag)
      const reached = audience[tag]
      const about = reached ? `${number.format(reached.push)} devices, ${number.format(reached.sockets)} pages` : ''
      return make(
        'figure',
        { class: 'phone' },
        make('figcaption', {}, make('bdi', { lang: tag }, name), ` · ${about}`),
        make('p', { class: 'phone-title', lang, dir }, title),
        make('p', { class: 'phone-body', lang, dir }, body),
      )
    }),
  )
  const languages = Object.keys(draft.texts).length
  const count = `${languages} language${languages === 1 ? '' : 's'}`
  byId('deliberate-text', HTMLElement).textContent = live
    ? `I have read every language. Send it LIVE, in ${count}.`
    : `Send it as a TEST, in ${count}.`
  const button = byId('confirm-send', HTMLButtonElement)
  button.textContent = `${verbs[draft.kind]} ${word}`
  button.dataset.audience = draft.audience
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
