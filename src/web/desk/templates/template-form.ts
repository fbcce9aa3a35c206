import type { FilledTemplate } from '../../../desk/templates/fill-template.ts'
import type { Mistake } from '../../../domain/problem.ts'
import type { Template } from '../../../domain/templates/newsroom-templates.ts'
import { type DeskDraft, isPublished } from '../editing/desk-draft.ts'
import { knowBlank } from '../state/desk-words.ts'

/** A template as the service lists it. */
export type DeskTemplate = Pick<Template, 'id' | 'name' | 'names' | 'blanks' | 'texts'>

/** What is filled in. `values`: each blank once, for all languages; `byLanguage`: where a language says it otherwise. */
export type TemplateForm = {
  /** Null: they were not read yet. */
  readonly templates: readonly DeskTemplate[] | null
  readonly chosen: string
  readonly values: Readonly<Record<string, string>>
  readonly byLanguage: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly error: string
  readonly mistakes: readonly Mistake[]
  /** What became of the last filling; null: none was filled. */
  readonly result: TemplateResult | null
}

/** `missing`: languages of the newsroom that have no text now; `kept`: those where something was written before. */
export type TemplateResult = {
  readonly unsure: readonly Mistake[]
  readonly missing: readonly string[]
  readonly kept: readonly string[]
}

/** What the last filling has put into the draft with this key: where it stands as it was filled, another filling replaces it. */
export type Filling = Pick<DeskDraft, 'key' | 'level' | 'topics' | 'texts'>

export const noForm: TemplateForm = {
  ...{ templates: null, chosen: '', values: {}, byLanguage: {}, error: '', mistakes: [], result: null },
}

/** A template with its name and the labels of its blanks in a language of the desk, where it has them. */
export function templateIn(template: DeskTemplate, language: string): DeskTemplate {
  const blanks = template.blanks.map((blank) => {
    const label = blank.labels?.[language] ?? blank.label
    knowBlank(blank.label, label)
    return { ...blank, label }
  })
  return { ...template, name: template.names?.[language] ?? template.name, blanks }
}

export function chosenTemplate({ templates, chosen }: TemplateForm): DeskTemplate | null {
  return templates?.find(({ id }) => id === chosen) ?? null
}

/** The body of `POST /v1/desk/templates/{id}/fill`. What is empty is left out, so that the service names it. */
export function fillingOf(form: TemplateForm): object {
  const template = chosenTemplate(form)
  const blanks = (template?.blanks ?? []).flatMap(({ id, kind }): (readonly [string, unknown])[] => {
    const all = (form.values[id] ?? '').trim()
    const own = Object.entries(form.byLanguage[id] ?? {}).filter(([, words]) => words.trim() !== '')
    if (kind === 'number' || own.length === 0) return all === '' ? [] : [[id, all]]
    const everywhere = Object.keys(template?.texts ?? {}).map((tag) => [tag, all] as const)
    return [[id, Object.fromEntries([...(all === '' ? [] : everywhere), ...own])]]
  })
  return { blanks: Object.fromEntries(blanks) }
}

/**
 * Puts the filled texts into a draft. A text that somebody wrote is not replaced; languages in which nothing is written give
 * way, and so does what the last filling put there. `languages`: the newsroom's, in its order.
 */
export function filledFrom(
  filledDraft: DeskDraft,
  { draft: filled, unsure }: FilledTemplate,
  languages: readonly string[],
  last: Filling | null = null,
): { readonly draft: DeskDraft; readonly filling: Filling; readonly result: TemplateResult } {
  const draft = last === null || last.key !== filledDraft.key ? filledDraft : withoutFilling(filledDraft, last)
  const written = Object.entries(draft.texts).filter(
    ([tag, { headline, summary, url }]) => `${headline}${summary}${url}`.trim() !== '' || isPublished(draft, tag),
  )
  const kept = written.map(([tag]) => tag).filter((tag) => filled.texts[tag] !== undefined)
  const added = Object.entries(filled.texts).map(([tag, text]) => [tag, { ...text, url: '' }] as const)
  const texts = Object.fromEntries([...added, ...written])
  const order = [...languages.filter((tag) => texts[tag] !== undefined), ...Object.keys(texts)]
  const levelFilled = draft.level === '' ? (filled.level ?? '') : ''
  return {
    filling: {
      ...{ key: draft.key, level: levelFilled, texts: Object.fromEntries(added) },
      topics: draft.alert === null ? filled.topics.filter((topic) => !draft.topics.includes(topic)) : [],
    },
    draft: {
      ...draft,
      level: draft.level === '' ? (filled.level ?? '') : draft.level,
      // A published alert keeps its topics.
      topics: draft.alert === null ? [...new Set([...draft.topics, ...filled.topics])] : draft.topics,
      texts: Object.fromEntries([...new Set(order)].flatMap((tag) => (texts[tag] ? [[tag, texts[tag]]] : []))),
    },
    result: {
      // The languages that are missing are named by the page.
      unsure: unsure.filter(({ pointer }) => pointer !== '/draft/texts'),
      missing: languages.filter((tag) => texts[tag] === undefined),
      kept,
    },
  }
}

/** The draft as it was before a filling, but for what was written since. */
function withoutFilling(draft: DeskDraft, { level, topics, texts }: Filling): DeskDraft {
  const isFilled = (tag: string, { headline, summary, url }: DeskDraft['texts'][string]) => {
    const text = texts[tag]
    return text !== undefined && text.headline === headline && text.summary === summary && text.url === url
  }
  return {
    ...draft,
    level: level !== '' && draft.level === level ? '' : draft.level,
    topics: draft.topics.filter((topic) => !topics.includes(topic)),
    texts: Object.fromEntries(Object.entries(draft.texts).filter(([tag, text]) => !isFilled(tag, text))),
  }
}
