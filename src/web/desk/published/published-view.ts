import type { VNode } from 'preact'
import type { Alert } from '../../../domain/alert-types.ts'
import { languagesListed, t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { bdi, button, freshMoment, headlineOf, type View } from '../view/parts/view-parts.ts'
import { deliveriesView } from '../view/service/delivery-view.ts'
import { actsOn, type Deliveries, type PublishedAct, type PublishedState, publishedActs } from './published-state.ts'

export type PublishedViewActs = {
  readonly refresh: () => void
  readonly act: (act: PublishedAct, alert: Alert) => void
  readonly look: (id: string, isShown: boolean) => void
}

const marks = { updated: 'kind_update', corrected: 'kind_correction', retracted: 'markRetracted' } as const
const words = { correct: 'actCorrect', update: 'actUpdate', stop: 'stopPushing', retract: 'actRetract' } as const

type Toggle = { readonly currentTarget: { readonly open: boolean } }

/** What was published, newest first, live and test: each can be updated, corrected, retracted and followed. */
export function publishedView(state: PublishedState, acts: PublishedViewActs): VNode {
  const { alerts } = state
  return h(
    'section',
    { class: 'sent', 'aria-labelledby': 'sent-title' },
    h(
      'div',
      { class: 'title' },
      h('h2', { id: 'sent-title', tabIndex: -1 }, t('publishedTitle')),
      button(t('refresh'), acts.refresh, { id: 'refresh' }),
    ),
    alerts?.length === 0 ? h('p', { id: 'sent-none', class: 'none' }, t('publishedNone')) : null,
    h(
      'ol',
      { id: 'sent', class: 'alerts' },
      alerts?.map((alert) => alertView(alert, state, acts)),
    ),
  )
}

/** A newer version is filled into the same elements: a button that has the focus stays what it is. */
function alertView(alert: Alert, { role, watched, now }: PublishedState, acts: PublishedViewActs): VNode {
  const { id, level, audience, status, changedAt, texts } = alert
  const { tag, headline } = headlineOf(alert) ?? { tag: 'en', headline: id }
  const href = `/${encodeURIComponent(tag)}/alerts/${encodeURIComponent(id)}`
  return h(
    'li',
    { key: id, 'data-alert': id },
    h(
      'article',
      { class: 'alert', 'data-level': level, 'data-status': status },
      h(
        'p',
        { class: 'meta' },
        h('span', { class: 'level' }, levelWord(level)),
        ' ',
        audience === 'test' ? [h('strong', { class: 'test' }, 'TEST'), ' '] : null,
        status === 'live' ? null : [h('strong', { class: 'mark' }, t(marks[status])), ' '],
        freshMoment(changedAt, now),
        ' ',
        bdi(languagesListed(Object.keys(texts))),
      ),
      h(
        'h3',
        { class: 'headline', lang: tag, dir: 'auto' },
        audience === 'test' ? h('span', {}, headline) : h('a', { href, target: '_blank' }, headline),
      ),
      buttonsView(alert, headline, role, acts),
      deliveriesOf(id, watched[id], acts),
    ),
  )
}

/** All buttons are there, whatever may be done: what a dialog gives the focus back to does not become something else. */
function buttonsView(alert: Alert, about: string, role: string, acts: PublishedViewActs): VNode {
  const allowed = actsOn(alert, role)
  return h(
    'p',
    { class: 'buttons', hidden: allowed.length === 0 },
    publishedActs.map((act) => [
      button(t(words[act]), () => acts.act(act, alert), {
        about,
        act,
        isHidden: !allowed.includes(act),
      }),
      ' ',
    ]),
  )
}

function deliveriesOf(id: string, deliveries: Deliveries | undefined, { look }: PublishedViewActs): VNode {
  return h(
    'details',
    { open: deliveries !== undefined, onToggle: ({ currentTarget }: Toggle) => look(id, currentTarget.open) },
    h('summary', {}, t('seeWhatHappened')),
    deliveries === undefined ? null : h('div', { class: 'deliveries' }, deliveriesShown(deliveries)),
  )
}

function deliveriesShown(deliveries: Deliveries): (View | string)[] {
  return deliveries === 'asking' ? [t('askingCounts')] : deliveriesView(deliveries)
}
