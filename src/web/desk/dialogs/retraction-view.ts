import type { VNode } from 'preact'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import { audienceName, topicsOf } from '../editing/desk-confirm.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { counted } from '../state/amounts.ts'
import { t, tParts } from '../state/desk-words.ts'
import { changedView } from '../view/changed-view.ts'
import { type FieldEvent, h } from '../view/parts/element.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { bdi, headlineOf } from '../view/parts/view-parts.ts'
import type { DeliberateContent } from './deliberate-view.ts'
import { isOver, notOutYet, type Retraction, wordless } from './retraction.ts'

export const changedId = 'retract-changed'

/** What the dialog for a retraction shows. */
export function retractionContent(
  retraction: Retraction,
  config: DeskConfig,
  waiting: readonly DeskItem[],
  write: (tag: string, words: string) => void,
): DeliberateContent {
  const { alert, changed, reach, note, news } = retraction
  const { audience, level, topics, texts } = alert
  const word = audience === 'public' ? 'LIVE' : 'TEST'
  const { headline = '' } = headlineOf(alert) ?? {}
  const isDone = isOver(retraction)
  return {
    audience,
    banner: t('retractBanner', { audience: audienceName(audience) }),
    title: t('retractTitle', { level: levelWord(level) }),
    middle: [
      changed === null
        ? null
        : changedView(changed, config, changedId, isDone ? h('p', {}, t('retractedAlready')) : null),
      h('p', { id: 'retract-what' }, t('retractWhat', { headline })),
      h('p', { id: 'retract-news', role: 'status', class: news === '' ? undefined : 'notice' }, news),
      waitingView(notOutYet(alert, waiting)),
      h('p', { id: 'retract-topics' }, topicsOf(config, topics)),
      h('p', { id: 'retract-reach', 'aria-live': 'polite' }, reach),
      h(
        'ul',
        { id: 'retract-warnings', class: 'warnings', 'aria-label': t('lookTwice') },
        wordless(retraction).map((tag) =>
          h('li', { key: tag }, ...tParts('noNote', { language: bdi(languageNamed(config, tag).name, tag) })),
        ),
      ),
      h(
        'div',
        { id: 'retract-notes' },
        Object.keys(note).map((tag) => noteField(config, tag, note[tag] ?? '', write)),
      ),
    ],
    tick: t('retractDeliberate', { word, count: counted(Object.keys(texts).length) }),
    back: t('keepIt'),
    press: t('retractPress', { word }),
    isOver: isDone,
  }
}

/** Changes of the alert that colleagues count on, while it is taken back. */
function waitingView(items: readonly DeskItem[]): VNode {
  const lines = items.map((item) => {
    const { id, state } = item
    const how = t(state === 'held' || state === 'scheduled' ? `waits_${state}` : 'waits_awaiting-approval')
    return h('li', { key: id, 'data-item': id }, t('waitsLine', { ...whose(item), how }))
  })
  // It stays while nothing waits, so that what comes is read out.
  return h(
    'div',
    { id: 'retract-waiting', class: items.length === 0 ? undefined : 'notice', 'aria-live': 'polite' },
    items.length === 0
      ? null
      : [h('p', { key: 'title' }, t('waitsTitle')), h('ul', { key: 'list', class: 'plain' }, lines)],
  )
}

/** What a change is, and who sent it, in words. */
export function whose({ kind, submittedBy, changedBy }: DeskItem): { readonly kind: string; readonly name: string } {
  return {
    kind: kind === 'correction' ? t('kind_correction') : t('kind_update'),
    name: (submittedBy ?? changedBy).name,
  }
}

function noteField(config: DeskConfig, tag: string, value: string, write: (tag: string, words: string) => void): VNode {
  const { name, dir } = languageNamed(config, tag)
  const id = `retract-note-${tag}`
  return h(
    'div',
    { key: tag },
    h('label', { for: id, class: 'field' }, bdi(name, tag)),
    h('textarea', {
      ...{ id, rows: 2, lang: tag, dir, 'data-tag': tag, value },
      onInput: ({ currentTarget }: FieldEvent) => write(tag, currentTarget.value),
    }),
  )
}
