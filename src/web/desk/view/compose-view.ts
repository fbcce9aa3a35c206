import type { VNode } from 'preact'
import { type Level, levels } from '../../../domain/alert-types.ts'
import type { Mistake } from '../../../domain/problem.ts'
import type { DeskConfig } from '../desk-config.ts'
import { type DeskDraft, type DraftTimes, isPublished } from '../editing/desk-draft.ts'
import type { DeskState, Saving } from '../state/desk-state.ts'
import { isUndecided } from '../state/desk-state.ts'
import { languagesListed, t } from '../state/desk-words.ts'
import { isDraftOfRetracted } from '../state/retracted-alerts.ts'
import { h } from './parts/element.ts'
import { levelWord } from './parts/level-words.ts'
import { mistakeLine } from './parts/mistake-line.ts'
import { presenceView } from './parts/presence-view.ts'
import { button, headlineOf, told, type View } from './parts/view-parts.ts'
import { textView } from './text-view.ts'
import { timesView } from './times-view.ts'

export type ComposeActs = {
  readonly change: (changed: Partial<DeskDraft>) => void
  readonly addLanguage: (tag: string) => void
  readonly removeLanguage: (tag: string) => void
  readonly begin: () => void
  readonly preview: () => void
  readonly keep: () => void
}

/** The form that an alert is written in. */
export function composeView(state: DeskState, config: DeskConfig, acts: ComposeActs): VNode {
  const { draft, mistakes, saving } = state
  const isRetracted = isDraftOfRetracted(state, draft)
  return h(
    'section',
    { class: 'compose', 'aria-labelledby': 'compose-title' },
    h(
      'div',
      { class: 'title' },
      h('h2', { id: 'compose-title', tabIndex: -1 }, t(`compose_${draft.kind}`)),
      button(t('newAlert'), acts.begin, { id: 'discard', hint: 'Alt+N' }),
    ),
    aboutView(draft),
    retractedView(isRetracted),
    presenceView(state, draft.item === null ? null : { id: draft.item.id, state: 'draft' }),
    h(
      'form',
      {
        id: 'compose',
        noValidate: true,
        onSubmit: (event: Event) => {
          event.preventDefault()
          acts.preview()
        },
      },
      levelField(draft, mistakes, acts),
      audienceField(draft, mistakes, acts),
      topicsField(draft, config, mistakes, acts),
      h(
        'div',
        { id: 'texts' },
        Object.keys(draft.texts).map((tag) => textView(draft, config, tag, mistakes, acts)),
      ),
      mistakeLine('/texts', mistakes),
      languageField(draft, config, acts),
      timesView(draft, config, mistakes, (times: DraftTimes) => acts.change({ times })),
      h('div', { role: 'alert' }, mistakeLine('', mistakes)),
      h(
        'p',
        { class: 'buttons' },
        h(
          'button',
          {
            class: 'main',
            type: 'submit',
            id: 'preview',
            hidden: isRetracted,
            title: 'Ctrl+Enter',
            'aria-disabled': isUndecided(state) || undefined,
          },
          t(state.me?.role === 'writer' ? 'previewSubmit' : 'preview'),
        ),
        button(t('saveNow'), acts.keep, { id: 'save', hint: 'Ctrl+S' }),
        h(
          'span',
          { id: 'kept', class: 'small', role: 'status', 'data-state': saving.state },
          told(savingWords(saving)),
        ),
      ),
    ),
  )
}

function savingWords(saving: Saving): string {
  return saving.state === 'refused' ? t('saving_refused', { detail: saving.detail }) : t(`saving_${saving.state}`)
}

function aboutView({ alert, kind }: DeskDraft): View {
  if (alert === null || kind === 'alert') return null
  const { headline } = headlineOf(alert) ?? { headline: '' }
  return h('p', { id: 'compose-about', class: 'notice' }, t(`about_${kind}`, { headline }))
}

/** It stays in the page while it says nothing, so that it is read out when the alert is retracted meanwhile. */
function retractedView(isRetracted: boolean): VNode {
  return h(
    'div',
    { id: 'compose-retracted', role: 'status', tabIndex: -1, class: isRetracted ? 'notice' : undefined },
    isRetracted ? h('p', {}, t('aboutRetracted')) : null,
  )
}

function levelField({ level }: DeskDraft, mistakes: readonly Mistake[], acts: ComposeActs): VNode {
  return h(
    'fieldset',
    { id: 'level-field', class: 'choices' },
    h('legend', {}, t('level')),
    levels.map((value: Level) =>
      choice('level', value, level === value, levelWord(value), t(`level_${value}_what`), () =>
        acts.change({ level: value }),
      ),
    ),
    mistakeLine('/level', mistakes),
  )
}

function audienceField({ audience, alert }: DeskDraft, mistakes: readonly Mistake[], acts: ComposeActs): VNode {
  const field = (value: 'public' | 'test', name: string) =>
    choice(
      'audience',
      value,
      audience === value,
      name,
      t(`audience_${value}_what`),
      () => acts.change({ audience: value }),
      alert !== null,
    )
  return h(
    'fieldset',
    { id: 'audience-field', class: 'choices' },
    h('legend', {}, t('audience')),
    field('public', 'LIVE'),
    field('test', 'TEST'),
    mistakeLine('/audience', mistakes),
  )
}

function choice(
  name: string,
  value: string,
  isChosen: boolean,
  title: string,
  what: string,
  choose: () => void,
  isDisabled = false,
): VNode {
  return h(
    'label',
    { class: 'check', key: value },
    h('input', { type: 'radio', name, value, checked: isChosen, disabled: isDisabled, onChange: choose }),
    ' ',
    h('span', {}, h('strong', {}, title), ' ', what),
  )
}

/** A published alert keeps its topics, and one that goes to every topic has none to add. */
function topicsField(
  { topics, alert }: DeskDraft,
  config: DeskConfig,
  mistakes: readonly Mistake[],
  acts: ComposeActs,
): VNode {
  const isFree = (id: string) => alert === null || (alert.topics.length > 0 && !alert.topics.includes(id))
  const toggle = (id: string) =>
    acts.change({ topics: topics.includes(id) ? topics.filter((it) => it !== id) : [...topics, id] })
  return h(
    'fieldset',
    { id: 'topics-field' },
    h('legend', {}, t('topics')),
    h('p', { class: 'small' }, t('topicsHint')),
    h(
      'div',
      { id: 'topics', class: 'boxes' },
      config.topics.map(({ id, label }) =>
        h(
          'label',
          { class: 'check', key: id },
          h('input', {
            type: 'checkbox',
            name: 'topics',
            value: id,
            checked: topics.includes(id),
            disabled: !isFree(id),
            onChange: () => toggle(id),
          }),
          ` ${label}`,
        ),
      ),
    ),
    mistakeLine('/topics', mistakes),
  )
}

function languageField(draft: DeskDraft, config: DeskConfig, acts: ComposeActs): VNode {
  const left = config.languages.filter(({ tag }) => draft.texts[tag] === undefined)
  return h(
    'p',
    { class: 'field add' },
    h('label', { for: 'add-language' }, t('addLanguage')),
    ' ',
    h(
      'select',
      {
        id: 'add-language',
        disabled: left.length === 0,
        value: '',
        onChange: ({ currentTarget }: Event & { readonly currentTarget: HTMLSelectElement }) => {
          const { value } = currentTarget
          currentTarget.value = ''
          if (value !== '') acts.addLanguage(value)
        },
      },
      h('option', { value: '' }, left.length > 0 ? t('choose') : t('allAreHere')),
      left.map(({ tag, name }) => h('option', { key: tag, value: tag, lang: tag }, `${name} (${tag})`)),
    ),
    missing(draft, config),
  )
}

/** Which of the newsroom's languages have no text here: readers of those alone hear nothing. */
function missing(draft: DeskDraft, config: DeskConfig): View {
  const left = config.languages.filter(({ tag }) => draft.texts[tag] === undefined && !isPublished(draft, tag))
  if (left.length === 0) return null
  const names = languagesListed(left.map(({ tag }) => tag))
  return h('span', { class: 'small missing' }, t('missingLanguages', { names }))
}
