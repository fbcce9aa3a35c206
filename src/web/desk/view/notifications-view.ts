import type { VNode } from 'preact'
import { t } from '../state/desk-words.ts'
import { cutAt, systems } from '../state/notification-cuts.ts'
import { h } from './parts/element.ts'
import type { View } from './parts/view-parts.ts'

/** A notification as Android, iPhone, Windows and macOS show it, cut where they cut. Nothing while nothing is written. */
export function notificationsView(tag: string, dir: string, title: string, body: string): View {
  if (`${title}${body}`.trim() === '') return null
  return h(
    'details',
    { class: 'looks' },
    h('summary', {}, t('howItLooks')),
    h(
      'div',
      { class: 'previews' },
      systems.map((system) => oneSystem(system, tag, dir, title, body)),
    ),
  )
}

function oneSystem(
  { name, titleMax, bodyMax }: (typeof systems)[number],
  lang: string,
  dir: string,
  title: string,
  body: string,
): VNode {
  const head = cutAt(title, titleMax)
  const rest = cutAt(body, bodyMax)
  return h(
    'figure',
    { class: 'phone', key: name, 'data-system': name },
    h('figcaption', {}, name, head.isCut || rest.isCut ? ` · ${t('isCut')}` : ''),
    h('p', { class: 'phone-title', lang, dir }, head.shown),
    h('p', { class: 'phone-body', lang, dir }, rest.shown),
  )
}
