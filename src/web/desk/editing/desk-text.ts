import { graphemes, headlineGoodMax, headlineLongMax, summaryGoodMax, summaryLongMax } from '../../../domain/text.ts'
import { make } from '../../shared/dom.ts'
import type { DeskConfig } from '../desk-config.ts'
import type { DeskDraft, DraftText } from './desk-draft.ts'

type Part = {
  readonly name: 'headline' | 'summary' | 'url' | 'note'
  readonly label: string
  readonly goodMax?: number
  readonly longMax?: number
}

const parts: readonly Part[] = [
  { name: 'headline', label: 'Headline', goodMax: headlineGoodMax, longMax: headlineLongMax },
  { name: 'summary', label: 'Summary', goodMax: summaryGoodMax, longMax: summaryLongMax },
  { name: 'url', label: 'Link to the story (https)' },
]
const notePart: Part = { name: 'note', label: 'What was wrong' }

/** The fields of one language, in its direction. The button takes the language out, where that is possible. */
export function textFields({ tag, name, dir }: DeskConfig['languages'][number], draft: DeskDraft): HTMLElement {
  const published = draft.alert?.texts[tag] !== undefined
  const alone = Object.keys(draft.texts).length === 1
  const legend = make('legend', {}, make('span', { lang: tag, dir }, name), ` (${tag})`)
  const set = make('fieldset', { class: 'text', 'data-tag': tag }, legend)
  if (!published && !alone) set.append(make('button', { type: 'button', class: 'remove' }, `Remove ${name}`))
  const text = draft.texts[tag]
  for (const part of parts) set.append(...field(part, tag, dir, text?.[part.name as keyof DraftText] ?? ''))
  if (draft.kind !== 'alert') set.append(...field(notePart, tag, dir, draft.note[tag] ?? ''))
  return set
}

function field(part: Part, tag: string, dir: string, value: string): HTMLElement[] {
  const id = `${part.name}-${tag}`
  const pointer = part.name === 'note' ? `/note/${tag}` : `/texts/${tag}/${part.name}`
  const direction = part.name === 'url' ? { dir: 'ltr', inputmode: 'url', spellcheck: 'false' } : { lang: tag, dir }
  const counter = make('span', { class: 'counter', id: `${id}-count` })
  const input = make('textarea', {
    id,
    rows: part.name === 'summary' ? '3' : '1',
    'data-part': part.name,
    'aria-describedby': `${id}-count ${id}-error`,
    ...direction,
  })
  input.value = value
  const count = () => showCount(counter, input.value, part)
  input.addEventListener('input', count)
  count()
  // A line break in a headline or a link would only become a space.
  if (part.name !== 'summary')
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) event.preventDefault()
    })
  return [
    make('p', { class: 'label' }, make('label', { for: id }, part.label), ' ', counter),
    input,
    make('p', { class: 'error', id: `${id}-error`, 'data-pointer': pointer }),
  ]
}

function showCount(counter: HTMLElement, text: string, { goodMax, longMax }: Part): void {
  if (goodMax === undefined || longMax === undefined) return
  const count = graphemes(text)
  const verdict = count > longMax ? 'long' : count > goodMax ? 'cut' : 'good'
  const words = { good: '', cut: ' · some phones cut it', long: ' · too long for most phones' }
  counter.textContent = `${count} / ${goodMax}${words[verdict]}`
  counter.dataset.verdict = verdict
}

/** The contents of the fields, by language. */
export function readTexts(root: HTMLElement): DeskDraft['texts'] {
  return Object.fromEntries(
    sets(root).map(([tag, value]) => [
      tag,
      { headline: value('headline'), summary: value('summary'), url: value('url') },
    ]),
  )
}

/** The contents of the notes, by language. */
export function readNote(root: HTMLElement): DeskDraft['note'] {
  return Object.fromEntries(sets(root).map(([tag, value]) => [tag, value('note')]))
}

function sets(root: HTMLElement): (readonly [string, (part: Part['name']) => string])[] {
  return [...root.querySelectorAll<HTMLElement>('fieldset[data-tag]')].map((set) => [
    set.dataset.tag ?? '',
    (part) => set.querySelector<HTMLTextAreaElement>(`[data-part="${part}"]`)?.value ?? '',
  ])
}
