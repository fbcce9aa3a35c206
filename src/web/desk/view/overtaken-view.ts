import type { VNode } from 'preact'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import type { DeskState, Overtaken } from '../state/desk-state.ts'
import { listed, t } from '../state/desk-words.ts'
import type { Clash, Part } from '../state/merge-writings.ts'
import { h } from './parts/element.ts'
import { button, moment, type View } from './parts/view-parts.ts'

export type OvertakenActs = {
  /** Goes to what this view tells. */
  readonly show: () => void
  readonly decide: (part: Part, whose: 'mine' | 'theirs') => void
  readonly seen: () => void
  /** Goes on with what is written here as a draft of its own. */
  readonly branch: () => void
  readonly takeBack: (item: DeskItem) => void
}

/** What became of the open draft, in a few words. */
export function overtakenTitle(overtaken: Overtaken): string {
  if (overtaken.kind === 'gone') return t(`gone_${overtaken.item.state === 'published' ? 'published' : 'waiting'}`)
  return t(overtaken.clashes.length === 0 ? 'mergedTitle' : 'clashTitle')
}

/** What another editor did to the open draft meanwhile, and what this editor must choose. Nothing is written over. */
export function overtakenView({ overtaken }: DeskState, config: DeskConfig, acts: OvertakenActs): View {
  if (overtaken === null) return null
  const { item } = overtaken
  const title = overtakenTitle(overtaken)
  const by = [t('changedBy', { name: item.changedBy.name }), ' ', moment(item.changedAt), '.']
  if (overtaken.kind === 'gone')
    return notice(
      title,
      h('p', {}, by, ' ', t('yoursIsHere')),
      h(
        'p',
        { class: 'buttons' },
        item.state === 'published' ? null : button(t('takeBack'), () => acts.takeBack(item), { class: 'main' }),
        button(t('ownDraft'), acts.branch),
      ),
    )
  if (overtaken.clashes.length === 0)
    return notice(
      title,
      h('p', {}, by, ' ', t(overtaken.isBoth ? 'mergedAll' : 'mergedTheirs'), ' ', button(t('understood'), acts.seen)),
    )
  return notice(
    title,
    h('p', {}, by, ' ', t('clashHint')),
    overtaken.clashes.map((clash) => clashView(clash, config, acts)),
  )
}

function notice(title: string, ...content: (View | readonly View[])[]): VNode {
  return h(
    'section',
    { id: 'item-changed', class: 'notice', 'aria-labelledby': 'item-changed-title', role: 'status' },
    h('h2', { id: 'item-changed-title', tabIndex: -1 }, title),
    content,
  )
}

function clashView({ part, mine, theirs }: Clash, config: DeskConfig, acts: OvertakenActs): VNode {
  const [field = '', tag = ''] = part.split('/')
  const language = tag === '' ? null : languageNamed(config, tag)
  const name = language === null ? t(`clash_${field as 'level'}`) : language.name
  const side = (whose: 'mine' | 'theirs', value: unknown) =>
    h(
      'div',
      { class: 'clash-side' },
      h('p', { class: 'small' }, t(whose === 'mine' ? 'yours' : 'theirs')),
      h('p', { lang: tag || undefined, dir: language?.dir ?? 'auto' }, shown(value)),
      button(t(whose === 'mine' ? 'keepMine' : 'takeTheirs'), () => acts.decide(part, whose), { about: name }),
    )
  return h(
    'div',
    { class: 'clash', 'data-part': part, key: part },
    h('h3', { lang: tag || undefined }, field === 'note' ? `${name}: ${t('part_note')}` : name),
    h('div', { class: 'clash-sides' }, side('mine', mine), side('theirs', theirs)),
  )
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value || t('nothing')
  if (Array.isArray(value)) return listed(value) || t('nothing')
  if (value === null || typeof value !== 'object') return t('nothing')
  return (
    Object.values(value)
      .filter((it) => typeof it === 'string' && it !== '')
      .join(' · ') || t('nothing')
  )
}
