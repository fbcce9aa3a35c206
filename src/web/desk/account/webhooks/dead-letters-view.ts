import type { VNode } from 'preact'
import type { DeadLetter, Webhook } from '../../../../desk/webhooks/webhook.ts'
import { amount } from '../../state/amounts.ts'
import { t } from '../../state/desk-words.ts'
import { failureWords } from '../../state/service-words.ts'
import { h } from '../../view/parts/element.ts'
import { button, moment, told, type View } from '../../view/parts/view-parts.ts'
import type { AccountState } from '../account-state.ts'
import { eventWord, type HookActs } from './webhooks-view.ts'

/** The messages that no receiver took, after the last try. They can be sent again; the service deletes them by itself in time. */
export function deadLettersView({ hooks }: AccountState, acts: HookActs): View {
  const { dead, webhooks } = hooks
  if (dead === null) return h('p', { class: 'small' }, t('reading'))
  if (dead.deadLetters.length === 0) return h('p', { class: 'small' }, t('deadNone'))
  return h(
    'div',
    {},
    h('p', { class: 'small' }, t('deadWhat')),
    h('p', { class: 'buttons' }, button(t('deadAllAgain'), acts.sendAllAgain, { id: 'dead-all' })),
    h(
      'ol',
      { id: 'dead', class: 'plain' },
      dead.deadLetters.map((letter) => letterView(letter, webhooks ?? [], acts)),
    ),
    dead.next === undefined
      ? null
      : h('p', { class: 'buttons' }, button(t('deadMore'), acts.more, { id: 'dead-more' })),
  )
}

function letterView(
  { id, webhookId, event, at, attempts, detail }: DeadLetter,
  webhooks: readonly Webhook[],
  { sendAgain }: HookActs,
): VNode {
  const name = webhooks.find((hook) => hook.id === webhookId)?.name ?? webhookId
  const line = t('deadLine', { event: eventWord(event), name })
  return h(
    'li',
    { key: id, 'data-letter': id },
    h('span', { class: 'small' }, moment(at)),
    ` ${line} `,
    h('div', { class: 'small' }, t('deadTries', { count: amount(attempts) }), ' ', ...told(failureWords(detail))),
    h(
      'p',
      { class: 'buttons' },
      button(t('deadAgain'), () => sendAgain(id), { about: line }),
    ),
  )
}
