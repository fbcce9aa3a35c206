import type { VNode } from 'preact'
import { levels } from '../../../domain/alert-types.ts'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { isWrong, mistakeLine } from '../view/parts/mistake-line.ts'
import { bdi, button, type View } from '../view/parts/view-parts.ts'
import { type AccountState, type KeyForm, type ListedKey, refusalOf, roles, withLevel } from './account-state.ts'
import { dayText } from './day-text.ts'

export type KeyActs = {
  readonly write: (changed: Partial<KeyForm>) => void
  readonly make: () => void
  readonly copy: () => void
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
    ...(allowed === undefined ? [] : [t('keyLevels', { levels: allowed.map(levelWord).join(', ') })]),
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
        ? questionView(key, acts)
        : button(t('revoke'), () => acts.askToRevoke(id), { id: `revoke-${id}`, about: name }),
  )
}

/** The focus is first on keeping it, so that Enter does no harm. */
function questionView({ name }: ListedKey, { leave, revoke }: KeyActs): VNode {
  return h(
    'div',
    { role: 'group', 'aria-labelledby': 'revoke-question' },
    h('p', { id: 'revoke-question' }, t('revokeQuestion', { name })),
    h(
      'p',
      { class: 'buttons' },
      button(t('keepIt'), leave, { id: 'revoke-leave' }),
      ' ',
      button(t('revoke'), revoke, { id: 'revoke-now', class: 'main', about: name }),
    ),
  )
}

export function makeKeyView(state: AccountState, acts: KeyActs): View {
  const { form, mistakes, made } = state
  if (made !== null) return madeView(made, acts)
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
    form.role === 'writer' ? null : levelsField(state, acts),
    daysField(state, acts),
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

function levelsField({ form, mistakes }: AccountState, { write }: KeyActs): VNode {
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

function daysField({ form, mistakes }: AccountState, { write }: KeyActs): VNode {
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

function madeView({ name, key }: { readonly name: string; readonly key: string }, acts: KeyActs): VNode {
  return h(
    'div',
    { class: 'made' },
    h('p', {}, h('label', { for: 'made-key' }, t('madeFor', { name }))),
    h('input', {
      id: 'made-key',
      type: 'text',
      readOnly: true,
      spellcheck: false,
      autocomplete: 'off',
      value: key,
      'aria-describedby': 'made-once',
    }),
    h('p', { id: 'made-once' }, t('madeOnce')),
    h(
      'p',
      { class: 'buttons' },
      button(t('copy'), acts.copy, { id: 'made-copy', class: 'main' }),
      ' ',
      button(t('madeKept'), acts.forgetMade, { id: 'made-kept' }),
    ),
  )
}
