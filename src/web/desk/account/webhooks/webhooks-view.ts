import type { VNode } from 'preact'
import type { Webhook, WebhookEventType } from '../../../../desk/webhooks/webhook.ts'
import type { Mistake } from '../../../../domain/problem.ts'
import type { DeskWordKey } from '../../../../locales/locales.ts'
import { listed, t, tParts } from '../../state/desk-words.ts'
import { failureWords } from '../../state/service-words.ts'
import { type FieldEvent, type FormEvent, h } from '../../view/parts/element.ts'
import { isWrong, mistakeLine } from '../../view/parts/mistake-line.ts'
import { bdi, button, moment, told, type View } from '../../view/parts/view-parts.ts'
import { type AccountState, mistakesIn } from '../account-state.ts'
import { questionView } from '../question-view.ts'
import { shownOnceView } from '../shown-once-view.ts'
import { type HookForm, hookAudiences, hookEvents, withEvent } from './webhooks-state.ts'

export type HookActs = {
  readonly write: (changed: Partial<HookForm>) => void
  readonly add: () => void
  readonly copy: (id: string) => void
  readonly forgetMade: () => void
  readonly turn: (id: string, to: 'active' | 'paused') => void
  readonly test: (id: string) => void
  readonly newSecret: (id: string) => void
  readonly askToDelete: (id: string) => void
  readonly leave: () => void
  readonly remove: () => void
  readonly sendAgain: (id: string) => void
  readonly sendAllAgain: () => void
  readonly more: () => void
}

/** The programs that are told of what happens at the desk. */
export function hooksView({ hooks }: AccountState, acts: HookActs): View {
  const { webhooks, asking } = hooks
  if (webhooks === null) return h('p', { class: 'small' }, t('reading'))
  if (webhooks.length === 0) return h('p', { class: 'small' }, t('hooksNone'))
  return h(
    'ul',
    { id: 'hooks', class: 'plain' },
    webhooks.map((hook) => hookView(hook, asking === hook.id, acts)),
  )
}

function hookView(hook: Webhook, isAsking: boolean, acts: HookActs): VNode {
  const { id, name, url, state, events, audience } = hook
  return h(
    'li',
    { key: id, 'data-hook': id, 'data-state': state },
    h('strong', {}, bdi(name)),
    ` (${t(`hook_${state}`)})`,
    h('div', { class: 'small' }, h('bdi', { dir: 'ltr' }, url)),
    h('div', { class: 'small' }, t('hookEvents', { events: listed(events.map(eventWord)) })),
    h('div', { class: 'small' }, t(`hookAudience_${audience}`)),
    h('div', { class: 'small' }, ...lastOf(hook)),
    isAsking
      ? questionView('hook-delete', t('hookDeleteQuestion', { name }), t('remove'), name, acts.leave, acts.remove)
      : h(
          'p',
          { class: 'buttons' },
          button(t('hookTest'), () => acts.test(id), { about: name }),
          ' ',
          state === 'active'
            ? button(t('pause'), () => acts.turn(id, 'paused'), { about: name })
            : button(t('resume'), () => acts.turn(id, 'active'), { about: name }),
          ' ',
          button(t('hookNewSecret'), () => acts.newSecret(id), { about: name }),
          ' ',
          button(t('remove'), () => acts.askToDelete(id), { id: `hook-delete-${id}`, about: name }),
        ),
  )
}

function lastOf({ last }: Webhook): readonly (View | string)[] {
  if (last === null) return [t('hookNever')]
  const time = tParts<View>(`hookLast_${last.outcome}`, { time: moment(last.at) })
  return last.outcome === 'accepted' ? time : [...time, ' ', ...told(failureWords(last.detail))]
}

/** What a webhook is told of, in words; what a newer service has is called as it calls it. */
export function eventWord(event: string): string {
  const key = `event_${event}`
  const word = t(key as DeskWordKey)
  return word === key ? event : word
}

export function addHookView(state: AccountState, acts: HookActs): View {
  const { form, made } = state.hooks
  if (made !== null) {
    const { name, secret, isNext } = made
    const hints = [t('secretOnce'), ...(isNext ? [t('secretNext')] : [])]
    return shownOnceView('secret', t('secretOf', { name }), secret, hints, acts)
  }
  const mistakes = mistakesIn(state, 'hook')
  return h(
    'form',
    {
      id: 'add-hook',
      noValidate: true,
      onSubmit: (event: FormEvent) => {
        event.preventDefault()
        acts.add()
      },
    },
    textField('name', t('hookName'), { dir: 'auto', maxLength: 100, value: form.name }, mistakes, acts),
    textField('url', t('hookUrl'), { dir: 'ltr', inputMode: 'url', value: form.url }, mistakes, acts),
    eventsField(form, mistakes, acts),
    audienceField(form, acts),
    h('p', { class: 'buttons' }, h('button', { id: 'hook-add', type: 'submit' }, t('addHook'))),
  )
}

function textField(
  name: 'name' | 'url',
  label: string,
  more: object,
  mistakes: readonly Mistake[],
  { write }: HookActs,
): VNode {
  const id = `hook-${name}`
  return h(
    'div',
    {},
    h('p', { class: 'label' }, h('label', { for: id }, label)),
    h('input', {
      ...{ id, type: 'text', autocomplete: 'off', spellcheck: false, ...more },
      'aria-invalid': isWrong(`/${name}`, mistakes),
      'aria-describedby': `${id}-error`,
      onInput: ({ currentTarget }: FieldEvent) => write({ [name]: currentTarget.value }),
    }),
    mistakeLine(`/${name}`, mistakes, `${id}-error`),
  )
}

function eventsField(form: HookForm, mistakes: readonly Mistake[], { write }: HookActs): VNode {
  return h(
    'fieldset',
    { id: 'hook-events' },
    h('legend', {}, t('hookEventsField')),
    h(
      'div',
      { class: 'boxes' },
      hookEvents.map((event: WebhookEventType) =>
        h(
          'label',
          { key: event, class: 'check' },
          h('input', {
            ...{ type: 'checkbox', name: 'hook-events', value: event, checked: form.events.includes(event) },
            onChange: ({ currentTarget }: FieldEvent) => write(withEvent(form, event, currentTarget.checked)),
          }),
          ` ${eventWord(event)}`,
        ),
      ),
    ),
    mistakeLine('/events', mistakes),
  )
}

function audienceField({ audience: chosen }: HookForm, { write }: HookActs): VNode {
  return h(
    'fieldset',
    { id: 'hook-audience' },
    h('legend', {}, t('hookAudienceField')),
    h(
      'div',
      { class: 'boxes' },
      hookAudiences.map((audience) =>
        h(
          'label',
          { key: audience, class: 'check' },
          h('input', {
            ...{ type: 'radio', name: 'hook-audience', value: audience, checked: audience === chosen },
            onChange: () => write({ audience }),
          }),
          ` ${t(`hookAudience_${audience}`)}`,
        ),
      ),
    ),
  )
}
