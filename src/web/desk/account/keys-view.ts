import type { VNode } from 'preact'
import { levels } from '../../../domain/alert-types.ts'
import type { Mistake } from '../../../domain/problem.ts'
import { listed, t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { isWrong, mistakeLine } from '../view/parts/mistake-line.ts'
import { bdi, button, type View } from '../view/parts/view-parts.ts'
import {
  type AccountState,
  type KeyForm,
  type ListedKey,
  mistakesIn,
  refusalOf,
  roles,
  withLevel,
} from './account-state.ts'
import { dayText } from './day-text.ts'
import { questionView } from './question-view.ts'
import { shownOnceView } from './shown-once-view.ts'

export type KeyActs = {
  readonly write: (changed: Partial<KeyForm>) => void
  readonly make: () => void
  /** Copies what a field shows, by its id. */
  readonly copy: (id: string) => void
  readonly forgetMade: () => void
  readonly askToRevoke: (id: string) => void
  readonly leave: () => void
  readonly revoke: () => void
}

type InputEvent = Event & { readonly currentTarget: HTMLInputElement }

/** Who has a key. What cannot be revoked says why in the place of the button. */
export function keysView(state: AccountState, acts: KeyActs): View {
  if (state.keys === null) return h('p', { class: 'small' }, t('reading'))
  return h(
    'ul',
    { id: 'keys', class: 'plain' },
    state.keys.map((key) => keyView(key, state, acts)),
  )
}

function keyView(key: ListedKey, state: AccountState, acts: KeyActs): VNode {
  const { id, name, role, createdAt, lastUsedOn, levels: allowed, expiresAt } = key
  const refusal = refusalOf(key, state)
  const facts = [
    ...(allowed === undefined ? [] : [t('keyLevels', { levels: listed(allowed.map(levelWord)) })]),
    t('keyMadeOn', { day: dayText(createdAt) }),
    lastUsedOn === null ? t('keyNeverUsed') : t('keyUsedOn', { day: dayText(lastUsedOn) }),
    ...(expiresAt === undefined ? [] : [t('keyEndsOn', { day: dayText(expiresAt) })]),
  ]
  return h(
    'li',
    { key: id, 'data-key': id },
    h('strong', {}, bdi(name)),
    ` (${t(`role_${role}`)}) `,
    h('div', { class: 'small' }, facts.join(' ')),
    refusal !== null
      ? h('div', { class: 'small refusal' }, t(refusal))
      : state.asking === id
        ? questionView('revoke', t('revokeQuestion', { name }), t('revoke'), name, acts.leave, acts.revoke)
        : button(t('revoke'), () => acts.askToRevoke(id), { id: `revoke-${id}`, about: name }),
  )
}

export function makeKeyView(state: AccountState, acts: KeyActs): View {
  const { form, made } = state
  if (made !== null) {
    const { name, key } = made
    return shownOnceView('made', t('madeFor', { name }), key, [t('madeOnce')], acts)
  }
  const mistakes = mistakesIn(state, 'make')
  return h(
    'form',
    {
      id: 'make-key',
      noValidate: true,
      onSubmit: (event: Event) => {
        event.preventDefault()
        acts.make()
      },
    },
    h(
      'div',
      {},
      h('p', { class: 'label' }, h('label', { for: 'key-name' }, t('keyName'))),
      h('input', {
        id: 'key-name',
        type: 'text',
        dir: 'auto',
        maxLength: 100,
        autocomplete: 'off',
        value: form.name,
        'aria-invalid': isWrong('/name', mistakes),
        'aria-describedby': 'key-name-error',
        onInput: ({ currentTarget }: InputEvent) => acts.write({ name: currentTarget.value }),
      }),
      mistakeLine('/name', mistakes, 'key-name-error'),
    ),
    rolesField(form, acts),
    // A writer publishes nothing.
    form.role === 'writer' ? null : levelsField(form, mistakes, acts),
    daysField(form, mistakes, acts),
    h('p', { class: 'buttons' }, h('button', { id: 'key-make', type: 'submit' }, t('makeKey'))),
  )
}

function rolesField({ role: chosen }: KeyForm, { write }: KeyActs): VNode {
  return h(
    'fieldset',
    { id: 'key-role' },
    h('legend', {}, t('keyRole')),
    roles.map((role) =>
      h(
        'label',
        { key: role, class: 'check' },
        h('input', {
          type: 'radio',
          name: 'key-role',
          value: role,
          checked: role === chosen,
          onChange: () => write({ role }),
        }),
        ' ',
        h('span', {}, h('strong', {}, t(`role_${role}`)), ' ', t(`role_${role}_what`)),
      ),
    ),
  )
}

function levelsField(form: KeyForm, mistakes: readonly Mistake[], { write }: KeyActs): VNode {
  return h(
    'fieldset',
    { id: 'key-levels' },
    h('legend', {}, t('keyLevelsField')),
    h(
      'div',
      { class: 'boxes' },
      levels.map((level) =>
        h(
          'label',
          { key: level, class: 'check' },
          h('input', {
            type: 'checkbox',
            name: 'key-levels',
            value: level,
            checked: form.levels.includes(level),
            onChange: ({ currentTarget }: InputEvent) => write(withLevel(form, level, currentTarget.checked)),
          }),
          ` ${levelWord(level)}`,
        ),
      ),
    ),
    mistakeLine('/levels', mistakes),
  )
}

function daysField(form: KeyForm, mistakes: readonly Mistake[], { write }: KeyActs): VNode {
  return h(
    'div',
    {},
    h('p', { class: 'label' }, h('label', { for: 'key-days' }, t('keyDays'))),
    h('input', {
      id: 'key-days',
      type: 'text',
      inputMode: 'numeric',
      maxLength: 5,
      autocomplete: 'off',
      value: form.days,
      'aria-invalid': isWrong('/expiresAt', mistakes),
      'aria-describedby': 'key-days-error',
      onInput: ({ currentTarget }: InputEvent) => write({ days: currentTarget.value }),
    }),
    mistakeLine('/expiresAt', mistakes, 'key-days-error'),
  )
}
