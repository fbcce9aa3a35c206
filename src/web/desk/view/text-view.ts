import type { VNode } from 'preact'
import type { Mistake } from '../../../domain/problem.ts'
import {
  graphemes,
  headlineGoodMax,
  headlineLongMax,
  scriptFits,
  scriptOf,
  summaryGoodMax,
  summaryLongMax,
} from '../../../domain/text.ts'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import { type DeskDraft, type DraftText, isPublished } from '../editing/desk-draft.ts'
import { amount } from '../state/amounts.ts'
import { languageName, t } from '../state/desk-words.ts'
import { notificationsView } from './notifications-view.ts'
import { h } from './parts/element.ts'
import { isWrong, mistakeLine } from './parts/mistake-line.ts'
import { button, type View } from './parts/view-parts.ts'

type Part = {
  readonly name: 'headline' | 'summary' | 'url' | 'note'
  readonly goodMax?: number
  readonly longMax?: number
}

const parts: readonly Part[] = [
  { name: 'headline', goodMax: headlineGoodMax, longMax: headlineLongMax },
  { name: 'summary', goodMax: summaryGoodMax, longMax: summaryLongMax },
  { name: 'url' },
]

type TextActs = {
  readonly change: (changed: Partial<DeskDraft>) => void
  readonly removeLanguage: (tag: string) => void
}

const noText: DraftText = { headline: '', summary: '', url: '' }

/** The fields of one language, in its direction, with what phones will show. */
export function textView(
  draft: DeskDraft,
  config: DeskConfig,
  tag: string,
  mistakes: readonly Mistake[],
  acts: TextActs,
): VNode {
  const { name, dir } = languageNamed(config, tag)
  const text = draft.texts[tag] ?? noText
  const isAlone = Object.keys(draft.texts).length === 1
  const write = (part: Part['name'], value: string) =>
    part === 'note'
      ? acts.change({ note: { ...draft.note, [tag]: value } })
      : acts.change({ texts: { ...draft.texts, [tag]: { ...text, [part]: value } } })
  const field = (part: Part) =>
    fieldView(part, tag, dir, part.name === 'note' ? (draft.note[tag] ?? '') : text[part.name], mistakes, write)
  return h(
    'fieldset',
    { class: 'text', 'data-tag': tag, key: tag },
    h('legend', {}, h('span', { lang: tag, dir }, name), ` (${tag})`),
    isAlone || isPublished(draft, tag)
      ? null
      : button(t('removeLanguage', { name }), () => acts.removeLanguage(tag), { class: 'remove' }),
    parts.map(field),
    draft.kind === 'alert' ? null : field({ name: 'note' }),
    scriptView(tag, text),
    notificationsView(tag, dir, text.headline, text.summary),
  )
}

function fieldView(
  part: Part,
  tag: string,
  dir: string,
  value: string,
  mistakes: readonly Mistake[],
  write: (part: Part['name'], value: string) => void,
): VNode {
  const id = `${part.name}-${tag}`
  const pointer = part.name === 'note' ? `/note/${tag}` : `/texts/${tag}/${part.name}`
  const written =
    part.name === 'url' ? ({ dir: 'ltr', inputMode: 'url', spellcheck: false } as const) : { lang: tag, dir }
  return h(
    'div',
    { key: part.name, class: 'part' },
    h('p', { class: 'label' }, h('label', { for: id }, t(`part_${part.name}`)), ' ', counterView(id, value, part)),
    h('textarea', {
      id,
      rows: part.name === 'summary' ? 3 : 1,
      'data-part': part.name,
      'aria-describedby': `${id}-count ${id}-error`,
      'aria-invalid': isWrong(pointer, mistakes),
      ...written,
      value,
      onInput: (event: Event & { readonly currentTarget: HTMLTextAreaElement }) =>
        write(part.name, event.currentTarget.value),
      // A line break in a headline or a link would only become a space.
      onKeyDown: (event: KeyboardEvent) => {
        if (part.name !== 'summary' && event.key === 'Enter' && !event.isComposing && !event.ctrlKey && !event.metaKey)
          event.preventDefault()
      },
    }),
    mistakeLine(pointer, mistakes, `${id}-error`),
  )
}

export function counterView(id: string, text: string, { goodMax, longMax }: Pick<Part, 'goodMax' | 'longMax'>): VNode {
  if (goodMax === undefined || longMax === undefined) return h('span', { class: 'counter', id: `${id}-count` })
  const count = graphemes(text)
  const verdict = count > longMax ? 'long' : count > goodMax ? 'cut' : 'good'
  const words = verdict === 'good' ? '' : ` · ${t(`length_${verdict}`)}`
  return h(
    'span',
    { class: 'counter', id: `${id}-count`, 'data-verdict': verdict },
    h('bdi', { dir: 'ltr' }, `${amount(count)} / ${amount(goodMax)}`),
    words,
  )
}

/** A text in another script is mostly one in the wrong field. */
function scriptView(tag: string, { headline, summary }: DraftText): View {
  if (scriptFits(`${headline} ${summary}`, scriptOf(tag))) return null
  return h('p', { class: 'script-warning', role: 'status' }, t('otherScript', { language: languageName(tag) }))
}
