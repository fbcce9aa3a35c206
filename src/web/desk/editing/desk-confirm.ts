import { counted } from '../../../domain/plural.ts'
import { byId, make, setChildren } from '../../shared/dom.ts'
import { type DeskConfig, languageNamed, levelNames } from '../desk-config.ts'
import { askDeliberately, type Outcome } from './confirmation-dialog.ts'
import { audienceSentence, type DryRun } from './desk-audience.ts'
import type { DeskDraft } from './desk-draft.ts'

const verbs = { alert: 'Publish', update: 'Update', correction: 'Correct' } as const

/**
 * The dialog before an alert is published: LIVE or TEST, how many readers, which languages, the notification previews.
 * The editor must tick a box and press a button. `send` returns an error to show, or null when it was sent.
 */
export function confirmSending(
  config: DeskConfig,
  draft: DeskDraft,
  dryRun: DryRun,
  send: (showProgress: (progress: string) => void) => Promise<Outcome>,
): void {
  fill(config, draft, dryRun)
  askDeliberately('confirm', send, () => byId('preview', HTMLButtonElement).focus())
}

function fill(config: DeskConfig, draft: DeskDraft, dryRun: DryRun): void {
  const { warnings, audience, socketsAtLeast, previews } = dryRun
  const live = draft.audience === 'public'
  const word = live ? 'LIVE' : 'TEST'
  const banner = byId('confirm-audience', HTMLElement)
  banner.dataset.audience = draft.audience
  banner.textContent = audienceNames[draft.audience === 'public' ? 'public' : 'test']
  const level = draft.level === '' ? '' : levelNames[draft.level]
  byId('confirm-title', HTMLElement).textContent = `${verbs[draft.kind]} this ${level} alert?`
  byId('confirm-topics', HTMLElement).textContent = topicsOf(config, draft.topics)
  byId('confirm-reach', HTMLElement).textContent = `It reaches ${audienceSentence(draft.level, dryRun)} now.`
  setChildren(byId('confirm-warnings', HTMLElement), ...warnings.map(({ detail }) => make('li', {}, detail)))
  setChildren(
    byId('confirm-previews', HTMLElement),
    ...Object.entries(previews).map(([tag, { title, body, lang, dir }]) => {
      const { name } = languageNamed(config, tag)
      const reached = audience[tag]
      const about = reached
        ? `${counted(reached.push, 'device')}, ${socketsAtLeast ? 'at least ' : ''}${counted(reached.sockets, 'page')}`
        : ''
      return make(
        'figure',
        { class: 'phone' },
        make('figcaption', {}, make('bdi', { lang: tag }, name), ` · ${about}`),
        make('p', { class: 'phone-title', lang, dir }, title),
        make('p', { class: 'phone-body', lang, dir }, body),
      )
    }),
  )
  // Without the languages that a correction does not change: nothing is sent there.
  const count = counted(Object.keys(previews).length, 'language')
  byId('confirm-deliberate', HTMLElement).textContent = live
    ? `I have read every language. Send it LIVE, in ${count}.`
    : `Send it as a TEST, in ${count}.`
  const button = byId('confirm-send', HTMLButtonElement)
  button.textContent = `${verbs[draft.kind]} ${word}`
  button.dataset.audience = draft.audience
}

/** LIVE or TEST, in words. */
export const audienceNames = { public: 'LIVE: goes to readers', test: 'TEST: goes to editors only' } as const

/** The topics of an alert, in words. */
export function topicsOf(config: DeskConfig, topics: readonly string[]): string {
  const labels = topics.map((id) => config.topics.find((topic) => topic.id === id)?.label ?? id)
  if (labels.length === 0) return 'No topic: every reader of its languages.'
  return `${labels.length === 1 ? 'Topic' : 'Topics'}: ${labels.join(', ')}.`
}
