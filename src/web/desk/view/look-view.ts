import type { VNode } from 'preact'
import { hourText } from '../../../domain/writing/written-time.ts'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import { type DryRun, reachOf } from '../editing/desk-audience.ts'
import { topicsOf } from '../editing/desk-confirm.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import { timingOf } from '../editing/item-draft.ts'
import { amount, counted } from '../state/amounts.ts'
import { actOfLook, approvalsLeft, type DeskState, type Look } from '../state/desk-state.ts'
import { cityOf, deskFormats, isolated, t } from '../state/desk-words.ts'
import { wallIn } from '../state/local-time.ts'
import { mistakeWords } from '../state/service-words.ts'
import { beforeView } from './before-view.ts'
import { notificationsView } from './notifications-view.ts'
import { h } from './parts/element.ts'
import { told, type View } from './parts/view-parts.ts'
import { zonedTimes } from './parts/zoned-times.ts'

export type LookActs = { readonly change: (changed: Partial<Look>) => void }

/** The content of the last look before something is sent or approved: whom it reaches, under which rule, and every word of it. */
export function lookView(state: DeskState, config: DeskConfig, acts: LookActs): View {
  const { look } = state
  if (look === null) return null
  const { draft, dryRun } = look
  return h(
    'div',
    { class: 'look' },
    h('p', { id: 'confirm-topics' }, topicsOf(config, draft.topics)),
    h(
      'p',
      { id: 'confirm-reach' },
      dryRun === null ? t('reachUnknown') : t('reaches', { reach: reachOf(draft.level, dryRun) }),
    ),
    ruleView(look, state, config),
    h(
      'ul',
      { id: 'confirm-warnings', class: 'warnings', 'aria-label': t('lookTwice') },
      (dryRun?.warnings ?? []).map((it) =>
        h('li', { key: it.pointer + it.detail, dir: 'auto' }, told(mistakeWords(it))),
      ),
    ),
    beforeView(dryRun),
    h(
      'div',
      { id: 'confirm-previews', class: 'previews' },
      tagsOf(look).map((tag) => languageView(tag, look, state, config)),
    ),
    askView(look, state, acts),
    overrideView(look, state, acts),
  )
}

/** The languages in which something is said. A correction says nothing in those that it leaves as they are. */
export function tagsOf({ draft, dryRun }: Pick<Look, 'draft' | 'dryRun'>): readonly string[] {
  return dryRun === null ? Object.keys(draft.texts) : Object.keys(dryRun.previews)
}

function ruleView(look: Look, state: DeskState, config: DeskConfig): VNode {
  const rule = look.dryRun?.rule
  const { draft } = look
  const timing = timingOf(draft) as { holdSeconds?: number; publishAt?: string; embargoUntil?: string }
  const act = actOfLook(look, state.me)
  const at = [timing.publishAt, timing.embargoUntil]
    .filter((it) => it !== undefined)
    .sort()
    .pop()
  const hold = timing.holdSeconds ?? rule?.holdSeconds ?? 0
  const wanted = approvalsLeft(look, act)
  return h(
    'ul',
    { id: 'confirm-rule', class: 'rule' },
    act === 'override'
      ? h('li', {}, t('rule_override'))
      : wanted > 0
        ? h(
            'li',
            {},
            act === 'approve'
              ? t('rule_after', { count: counted(wanted) })
              : t('rule_approvals', { count: counted(wanted) }),
          )
        : null,
    at === undefined
      ? null
      : [
          h('li', {}, t('rule_at'), ' ', zonedTimes(at, config)),
          // It waited for its approval for longer. A time that is written now may not have passed.
          act === 'approve' && Date.parse(at) < state.now ? h('li', {}, t('rule_passed')) : null,
        ],
    hold > 0 ? h('li', {}, t('rule_hold', { seconds: amount(hold) })) : null,
    act === 'approve' && wanted === 0 && hold === 0 && at === undefined ? h('li', {}, t('rule_approved')) : null,
    // Without a dry run nobody knows which rule holds.
    rule !== undefined && act !== 'approve' && wanted === 0 && hold === 0 && at === undefined
      ? h('li', {}, t('rule_none'))
      : null,
  )
}

function languageView(tag: string, look: Look, state: DeskState, config: DeskConfig): VNode {
  const { draft, dryRun, item } = look
  const { name, dir, zone } = languageNamed(config, tag)
  const text = draft.texts[tag]
  const preview = dryRun?.previews[tag]
  const reached = dryRun?.audience[tag]
  const by = item?.textsBy[tag]
  return h(
    'figure',
    { class: 'phone', key: tag, 'data-tag': tag },
    h(
      'figcaption',
      {},
      h('bdi', { lang: tag }, name),
      reached === undefined ? '' : ` · ${countsOf(reached, dryRun)}`,
      dryRun === null ? '' : ` · ${t('lastDay', { count: amount(dryRun.lastDay?.[tag] ?? 0) })}`,
      zone === undefined ? '' : ` · ${t('hourThere', { time: hourIn(zone, state.now), zone: cityOf(zone) })}`,
      by === undefined ? '' : ` · ${isolated(by.name)}`,
    ),
    h('p', { class: 'phone-title', lang: tag, dir }, preview?.title ?? text?.headline ?? ''),
    h('p', { class: 'phone-body', lang: tag, dir }, preview?.body ?? text?.summary ?? ''),
    text?.url ? h('p', { class: 'small link', dir: 'ltr' }, text.url) : null,
    noteView(draft, tag, dir),
    notificationsView(tag, dir, preview?.title ?? text?.headline ?? '', preview?.body ?? text?.summary ?? ''),
  )
}

function noteView({ kind, note }: DeskDraft, tag: string, dir: string): View {
  const words = note[tag] ?? ''
  if (kind === 'alert' || words.trim() === '') return null
  return h('p', { class: 'note', lang: tag, dir }, words)
}

function countsOf({ push, sockets }: DryRun['audience'][string], dryRun: DryRun | null): string {
  return t('counts', { devices: counted(push), pages: counted(sockets, dryRun?.socketsAtLeast) })
}

function hourIn(zone: string, now: number): string {
  const wall = wallIn(now, zone)
  return wall === null ? '' : hourText(deskFormats(), wall)
}

/** Where no rule wants a second person, the editor may still want one. */
function askView({ about, isAsking, dryRun }: Look, { me }: DeskState, acts: LookActs): View {
  if (about !== 'draft' || me?.role === 'writer' || (dryRun?.rule.approvals ?? 0) > 0) return null
  return h(
    'label',
    { class: 'check' },
    h('input', {
      type: 'checkbox',
      id: 'confirm-ask',
      checked: isAsking,
      onChange: () => acts.change({ isAsking: !isAsking }),
    }),
    ' ',
    h('span', {}, t('askAnother')),
  )
}

/** An administrator may do without the second person, and says why; the reason is in the audit log. */
function overrideView({ about, overrideReason, dryRun }: Look, { me }: DeskState, acts: LookActs): View {
  if (me?.role !== 'admin' || about === 'release' || (about === 'draft' && (dryRun?.rule.approvals ?? 0) === 0))
    return null
  return h(
    'label',
    { class: 'field' },
    t('overrideReason'),
    h('input', {
      id: 'confirm-override',
      type: 'text',
      maxLength: 300,
      autocomplete: 'off',
      value: overrideReason,
      onInput: (event: Event & { readonly currentTarget: HTMLInputElement }) =>
        acts.change({ overrideReason: event.currentTarget.value }),
      // Enter would press the dialog's first button.
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Enter') event.preventDefault()
      },
    }),
  )
}
