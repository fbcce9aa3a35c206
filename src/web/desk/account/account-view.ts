import type { VNode } from 'preact'
import type { DeskWordKey } from '../../../locales/locales.ts'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { bdi, button, moment, told, type View } from '../view/parts/view-parts.ts'
import {
  type AccountState,
  detailOf,
  type LoggedAct,
  type OpenSession,
  ownSessions,
  type Place,
} from './account-state.ts'
import { detailView } from './audit-detail.ts'
import { dayText } from './day-text.ts'
import type { DeskPushState } from './desk-push.ts'
import { type KeyActs, keysView, makeKeyView } from './keys-view.ts'
import { pushView } from './push-view.ts'
import { deadLettersView } from './webhooks/dead-letters-view.ts'
import { addHookView, type HookActs, hooksView } from './webhooks/webhooks-view.ts'

export type AccountActs = KeyActs & {
  readonly hooks: HookActs
  readonly endSession: (id: string) => void
  readonly endAll: () => void
  readonly more: () => void
  /** How pushes to this browser stand now, and the press of their button. */
  readonly push: () => DeskPushState
  readonly turnPush: (to: 'on' | 'off') => void
}

/** One's own sessions; for admins the keys and the audit log too. */
export function accountView(state: AccountState, acts: AccountActs): VNode {
  const isAdmin = state.me?.role === 'admin'
  return h(
    'div',
    {},
    section('sessions', 'sessionsTitle', state, sessionsView(state, acts)),
    state.me === null || state.me.role === 'writer'
      ? null
      : section('push', 'pushTitle', state, pushView(acts.push(), acts.turnPush)),
    isAdmin ? section('keys', 'keysTitle', state, keysView(state, acts)) : null,
    isAdmin ? section('make', 'makeKeyTitle', state, makeKeyView(state, acts)) : null,
    isAdmin ? section('hooks', 'hooksTitle', state, hooksView(state, acts.hooks)) : null,
    isAdmin ? section('hook', 'addHookTitle', state, addHookView(state, acts.hooks)) : null,
    isAdmin ? section('dead', 'deadTitle', state, deadLettersView(state, acts.hooks)) : null,
    isAdmin ? section('audit', 'auditTitle', state, auditView(state, acts)) : null,
  )
}

/** A part of the view, with the lines that tell what became of a press in it. */
function section(place: Place, title: DeskWordKey, { note }: AccountState, content: View): VNode {
  const words = (kind: 'said' | 'error') => (note?.place === place && note.kind === kind ? note.words : '')
  return h(
    'section',
    { key: place, id: `account-${place}`, 'aria-labelledby': `${place}-title` },
    h('h3', { id: `${place}-title`, tabIndex: -1 }, t(title)),
    h('p', { role: 'status', class: 'said' }, words('said')),
    h('p', { role: 'alert', class: 'error', dir: 'auto' }, told(words('error'))),
    content,
  )
}

function sessionsView(state: AccountState, { endSession, endAll }: AccountActs): View {
  if (state.sessions === null) return h('p', { class: 'small' }, t('reading'))
  return h(
    'div',
    {},
    h(
      'ol',
      { id: 'sessions' },
      ownSessions(state).map((session, nth) => sessionView(session, nth, endSession)),
    ),
    h('p', { class: 'buttons' }, button(t('signOutEverywhere'), endAll, { id: 'end-all' })),
    h('p', { class: 'small' }, t('signOutEverywhereWhat')),
  )
}

function sessionView(session: OpenSession, nth: number, end: AccountActs['endSession']): VNode {
  const { id, openedOn, lastUsedOn, isCurrent } = session
  const line = t('sessionLine', { opened: dayText(openedOn), used: dayText(lastUsedOn) })
  return h(
    'li',
    { key: id, 'data-session': id },
    line,
    ' ',
    isCurrent
      ? h('strong', {}, t('sessionHere'))
      : button(t('signOutThere'), () => end(id), { about: `${nth + 1}. ${line}` }),
  )
}

function auditView({ audit }: AccountState, { more }: AccountActs): View {
  if (audit === null) return h('p', { class: 'small' }, t('reading'))
  return h(
    'div',
    {},
    h('p', {}, h('a', { href: '/v1/desk/audit.jsonl', download: 'audit.jsonl' }, t('auditExport'))),
    h('ol', { id: 'audit', class: 'plain' }, audit.lines.map(lineView)),
    audit.next === undefined ? null : h('p', { class: 'buttons' }, button(t('auditMore'), more, { id: 'audit-more' })),
  )
}

function lineView({ id, at, by, act, detail }: LoggedAct): VNode {
  const more = detailOf(detail).flatMap((it, nth) => [...(nth === 0 ? [] : [' · ']), detailView(it)])
  return h(
    'li',
    { key: id, 'data-line': String(id), 'data-act': act },
    h('span', { class: 'small' }, moment(at)),
    ' ',
    by === null ? t('byService') : bdi(by.name),
    ': ',
    actWord(act),
    '.',
    more.length === 0 ? null : h('div', { class: 'small' }, ...more),
  )
}

/** An act in words; one that a newer service has is called as the log calls it. */
function actWord(act: string): string {
  const key = `audit_${act}`
  const word = t(key as DeskWordKey)
  return word === key ? act : word
}
