import type { VNode } from 'preact'
import { type FieldEvent, h } from '../view/parts/element.ts'
import { told, type View } from '../view/parts/view-parts.ts'
import { type Deliberate, isDeliberate } from './deliberate.ts'

export type DeliberateActs = {
  readonly tick: () => void
  readonly type: (typed: string) => void
  readonly press: () => void
}

/** The words and the content of a dialog that asks for a deliberate act. */
export type DeliberateContent = {
  readonly audience: 'public' | 'test'
  readonly banner: string
  readonly title: string
  /** What stands between the title and the box. */
  readonly middle: readonly View[]
  readonly tick: string
  /** Beside the field for the word. */
  readonly typeWord?: string
  readonly back: string
  readonly press: string
  /** Nothing is left to do: it can only be left. */
  readonly isOver?: boolean
}

/** The content of the dialog `#id`: the banner, what is asked, the box or the field, and the buttons. */
export function deliberateView(
  id: string,
  asked: Deliberate,
  { audience, banner, title, middle, tick, typeWord, back, press, isOver = false }: DeliberateContent,
  acts: DeliberateActs,
): VNode {
  const isSending = asked.state === 'sending'
  return h(
    'form',
    { method: 'dialog' },
    h('p', { id: `${id}-audience`, class: 'banner', 'data-audience': audience }, banner),
    h('h2', { id: `${id}-title` }, title),
    ...middle,
    asked.word === null
      ? h(
          'label',
          { class: 'check deliberate', id: `${id}-ticked`, key: 'tick' },
          h('input', { type: 'checkbox', checked: asked.isTicked, disabled: isOver, onChange: acts.tick }),
          ' ',
          h('span', { id: `${id}-deliberate` }, tick),
        )
      : h(
          'label',
          { class: 'field typed', id: `${id}-typed`, key: 'word' },
          h('span', { id: `${id}-word-label` }, typeWord),
          h('input', {
            ...{ id: `${id}-word`, type: 'text', autocomplete: 'off', autocapitalize: 'characters', spellcheck: false },
            value: asked.typed,
            onInput: ({ currentTarget }: FieldEvent) => acts.type(currentTarget.value),
          }),
        ),
    h('p', { class: 'error', id: `${id}-error`, role: 'alert' }, told(asked.error)),
    h(
      'p',
      { class: 'buttons' },
      h('button', { id: `${id}-cancel`, value: 'cancel', disabled: isSending }, back),
      ' ',
      h(
        'button',
        {
          ...{ id: `${id}-send`, class: 'main', type: 'button', 'data-audience': audience },
          // What is disabled loses the focus: while it is being sent, a press does nothing.
          disabled: !isDeliberate(asked) || isOver,
          'aria-disabled': isSending || undefined,
          onClick: acts.press,
        },
        press,
      ),
    ),
  )
}
