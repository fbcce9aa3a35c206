import type { VNode } from 'preact'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { aboutItem, nameOfDraft, nameOfItem } from '../items/item-name.ts'
import { searchView } from '../search/search-view.ts'
import { amount } from '../state/amounts.ts'
import { type DeskState, lockOf, mayApprove } from '../state/desk-state.ts'
import { isolated, languagesListed, listed, t, tParts } from '../state/desk-words.ts'
import { isEnded, isItemOfRetracted } from '../state/retracted-alerts.ts'
import { problemWords } from '../state/service-words.ts'
import { h } from './parts/element.ts'
import { levelWord } from './parts/level-words.ts'
import { presenceView } from './parts/presence-view.ts'
import { bdi, button, headlineOf, moment, told, type View } from './parts/view-parts.ts'
import { zonedTimes } from './parts/zoned-times.ts'

export type ItemActs = {
  readonly open: (item: DeskItem) => void
  readonly openKept: (draft: DeskDraft) => void
  readonly takeBack: (item: DeskItem) => void
  readonly cancel: (item: DeskItem) => void
  readonly remove: (item: DeskItem) => void
  readonly approve: (item: DeskItem) => void
  readonly release: (item: DeskItem) => void
  /** Shows older drafts too. */
  readonly more: () => void
  /** For administrators. */
  readonly unlock: (item: DeskItem) => void
  /** Looks for items that say this. */
  readonly search: (text: string) => void
}

/** What waits for somebody or for its time, and the drafts of everyone. */
export function itemsView(state: DeskState, config: DeskConfig, acts: ItemActs): VNode {
  const waiting = state.waiting.filter((item) => item.state !== 'held')
  return h(
    'div',
    { class: 'items' },
    searchView(state.search, acts.search, (item) => itemView(state, config, item, acts)),
    waiting.length === 0
      ? null
      : h(
          'section',
          { 'aria-labelledby': 'waiting-title' },
          h('h2', { id: 'waiting-title', tabIndex: -1 }, t('waitingTitle')),
          h(
            'ol',
            { id: 'waiting', class: 'plain' },
            waiting.map((item) => itemView(state, config, item, acts)),
          ),
          state.hasMoreWaiting
            ? h('p', { id: 'more-waiting', class: 'small' }, t('moreWaiting', { count: amount(waiting.length) }))
            : null,
        ),
    h(
      'section',
      { 'aria-labelledby': 'drafts-title' },
      h('h2', { id: 'drafts-title', tabIndex: -1 }, t('draftsTitle')),
      state.drafts.length + state.kept.length === 0
        ? h('p', { class: 'small' }, t('draftsNone'))
        : h(
            'ol',
            { id: 'drafts', class: 'plain' },
            state.kept.map((draft) => keptView(draft, acts)),
            state.drafts.map((item) => itemView(state, config, item, acts)),
          ),
      state.hasMoreDrafts ? button(t('moreDrafts'), acts.more, { id: 'more-drafts' }) : null,
    ),
  )
}

function itemView(state: DeskState, config: DeskConfig, item: DeskItem, acts: ItemActs): VNode {
  const { headline, tag } = nameOfItem(item)
  const isOpen = state.draft.item?.id === item.id
  return h(
    'li',
    {
      key: item.id,
      class: 'item',
      'data-item': item.id,
      'data-state': item.state,
      'aria-current': isOpen ? 'true' : undefined,
    },
    h('p', { class: 'meta' }, ...metaOf(item)),
    h('h3', { class: 'headline', lang: tag, dir: tag === undefined ? undefined : 'auto', tabIndex: -1 }, headline),
    h('p', { class: 'small' }, ...standing(item, config), ...retractedWords(state, item)),
    presenceView(state, item),
    h('p', { class: 'buttons' }, ...buttonsOf(state, item, isOpen, headline, acts)),
  )
}

function metaOf(item: DeskItem): (View | string)[] {
  const { kind, texts, state } = item
  const { level, audience, headline } = aboutItem(item)
  const isDraft = state === 'draft' || state === 'cancelled'
  // A change with a headline of its own says here of which alert it is.
  const named = headline === undefined || headlineOf(item) === null
  return [
    level === undefined ? null : h('span', { class: 'level', 'data-level': level }, levelWord(level)),
    audience === 'test' ? h('strong', { class: 'test' }, 'TEST') : null,
    audience === 'public' && !isDraft ? h('strong', {}, 'LIVE') : null,
    kind === 'alert' ? null : h('span', {}, named ? t(`kind_${kind}`) : t(`named_${kind}`, { headline })),
    bdi(languagesListed(Object.keys(texts ?? {}))),
  ]
}

/** How it stands, and by whom: who has written which language, who was asked, when it goes out, or why it did not. */
function standing(item: DeskItem, config: DeskConfig): (View | string)[] {
  const by = Object.entries(item.textsBy).map(([tag, { name }]) =>
    isolated(`${isolated(languageNamed(config, tag).name)}: ${isolated(name)}`),
  )
  const writers = by.length > 1 ? ` ${listed(by)}.` : ''
  switch (item.state) {
    case 'draft':
    case 'cancelled':
      return [
        t(item.state === 'draft' ? 'draftBy' : 'cancelledBy', { name: item.changedBy.name }),
        ' ',
        moment(item.changedAt),
        '.',
        writers,
      ]
    case 'awaiting-approval':
      return [
        t('awaitingBy', { name: item.submittedBy?.name ?? item.changedBy.name }),
        ' ',
        t('approvalsSoFar', { got: amount(item.approvals.length), wanted: amount(item.approvalsWanted) }),
        writers,
      ]
    case 'held':
      return [t('heldBy', { name: item.submittedBy?.name ?? '' })]
    case 'published':
      return [t('state_published'), ' ', moment(item.published?.at ?? item.changedAt), '.']
    case 'scheduled':
      return [
        t('scheduledBy', { name: item.submittedBy?.name ?? '' }),
        ' ',
        ...zonedTimes(item.releaseAt ?? '', config),
      ]
    case 'missed':
      return [t(item.lastAct?.act === 'key-ended' ? 'missedKey' : 'missedWhy')]
    default:
      if (isEnded(item)) return endedWords(item)
      return told(t('refusedWhy', { detail: item.refusal === null ? '' : problemWords(item.refusal) }))
  }
}

/** Who retracted the alert, and when: no countdown ends any more. */
function endedWords({ refusal, changedAt }: DeskItem): (View | string)[] {
  const name = bdi(refusal?.by ?? t('anotherEditor'))
  return [...tParts<View>('endedWhy', { name, time: moment(refusal?.changedAt ?? changedAt) })]
}

/** What is not refused yet, such as a draft, says that it never can be sent. */
function retractedWords(state: DeskState, item: DeskItem): (View | string)[] {
  return isItemOfRetracted(state, item) && !isEnded(item) ? [' ', h('strong', {}, t('draftRetracted'))] : []
}

function buttonsOf(state: DeskState, item: DeskItem, isOpen: boolean, about: string, acts: ItemActs): View[] {
  const isEditor = state.me?.role !== 'writer'
  const lock = lockOf(state, item)
  // What can never be sent is not offered to be.
  const isSendable = !isItemOfRetracted(state, item)
  const open = isOpen
    ? h('span', { class: 'small' }, t('isOpen'))
    : item.kind === 'retraction'
      ? null
      : button(t('open'), () => acts.open(item), { about })
  switch (item.state) {
    case 'draft':
    case 'cancelled':
      return [open, isOpen ? null : button(t('remove'), () => acts.remove(item), { about })]
    case 'awaiting-approval':
      return [
        isSendable && (mayApprove(item, state.me) || state.me?.role === 'admin')
          ? button(t('readAndApprove'), () => acts.approve(item), { about, class: 'main' })
          : null,
        lock === null
          ? button(t('takeBack'), () => acts.takeBack(item), { about })
          : button(t('cancelIt'), () => acts.cancel(item), { about }),
        lock !== null && state.me?.role === 'admin' ? button(t('unlock'), () => acts.unlock(item), { about }) : null,
      ]
    case 'published':
      return []
    case 'held':
      return [button(t('cancelIt'), () => acts.cancel(item), { about, class: 'main' })]
    case 'scheduled':
      return [
        button(t('cancelIt'), () => acts.cancel(item), { about }),
        button(t('takeBack'), () => acts.takeBack(item), { about }),
      ]
    default:
      return [
        isEditor && isSendable ? button(t('lookAndPublish'), () => acts.release(item), { about, class: 'main' }) : null,
        open,
        button(t('cancelIt'), () => acts.cancel(item), { about }),
      ]
  }
}

/** A draft that the service does not have, such as of a tab that is gone. */
function keptView(draft: DeskDraft, acts: ItemActs): VNode {
  const { headline, tag } = nameOfDraft(draft)
  return h(
    'li',
    { key: draft.key, class: 'item', 'data-kept': draft.key },
    h('h3', { class: 'headline', lang: tag, dir: tag === undefined ? undefined : 'auto' }, headline),
    h('p', { class: 'small' }, t('keptOnly')),
    h(
      'p',
      { class: 'buttons' },
      button(t('open'), () => acts.openKept(draft), { about: headline }),
    ),
  )
}
