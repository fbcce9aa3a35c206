import { type DeskConfig, droppedOf } from '../desk-config.ts'
import { t } from '../state/desk-words.ts'
import { type FieldEvent, type FormEvent, h } from '../view/parts/element.ts'
import { told, type View } from '../view/parts/view-parts.ts'
import type { PauseState } from './pause-state.ts'

export type PauseActs = {
  readonly write: (changed: Pick<Partial<PauseState>, 'scope' | 'reason' | 'error'>) => void
  readonly turn: (turn: 'pause' | 'resume') => void
}

/** The kill switch, for administrators. A pause can be widened, to everything too, and each part of it can be resumed separately. */
export function pauseFormView(state: PauseState, config: DeskConfig, { write, turn }: PauseActs): View {
  const { pause, isAdmin, scope, reason, error, isReasonMissing } = state
  if (!isAdmin) return null
  // The press of a button comes before the submission, which old browsers do not say the button of. Enter presses the first.
  let pressed: 'pause' | 'resume' = 'pause'
  const submit = (what: 'pause' | 'resume', more: object, words: string) =>
    h(
      'button',
      {
        type: 'submit',
        onClick: () => {
          pressed = what
        },
        ...more,
      },
      words,
    )
  return h(
    'form',
    {
      id: 'pause-form',
      // The browser would say what is missing in its own language.
      noValidate: true,
      onSubmit: (event: FormEvent) => {
        event.preventDefault()
        turn(pressed)
      },
      // Typing a reason is deliberate. A key that is held down does not confirm a second time.
      onKeyDown: (event: FormEvent & { readonly key: string; readonly repeat: boolean }) => {
        if (event.key === 'Enter' && event.repeat) event.preventDefault()
      },
    },
    h('label', { class: 'field', for: 'pause-scope' }, t('killSwitch')),
    h(
      'p',
      { class: 'buttons' },
      h(
        'select',
        {
          id: 'pause-scope',
          value: scope,
          onChange: ({ currentTarget }: FieldEvent) => write({ scope: currentTarget.value }),
        },
        h('option', { value: '' }, t('everything')),
        config.languages.map(({ tag, name }) => h('option', { key: tag, value: `languages ${tag}`, lang: tag }, name)),
        config.topics.map(({ id, label }) => h('option', { key: id, value: `topics ${id}` }, label)),
        // What the newsroom has dropped can be resumed for as long as it is paused.
        droppedOf(config, pause).map(({ value, name }) =>
          h('option', { key: value, value, 'data-dropped': '' }, t('droppedName', { name })),
        ),
      ),
      ' ',
      h('input', {
        ...{ id: 'pause-reason', type: 'text', maxLength: 300, autocomplete: 'off' },
        ...{ 'aria-required': 'true', 'aria-invalid': isReasonMissing || undefined, 'aria-describedby': 'pause-error' },
        ...{ placeholder: t('reason'), 'aria-label': t('reason'), value: reason },
        onInput: ({ currentTarget }: FieldEvent) => write({ reason: currentTarget.value }),
        // Enter presses the first button. A pause that is in force is renewed or ended only by a button that is chosen.
        onKeyDown: (event: FormEvent & { readonly key: string; readonly isComposing?: boolean }) => {
          if (event.key !== 'Enter' || event.isComposing === true || pause === null) return
          event.preventDefault()
          write({ error: t('pausedStill') })
        },
      }),
      ' ',
      submit('pause', { id: 'pause-turn' }, t('pause')),
      ' ',
      submit('resume', { id: 'pause-resume', hidden: pause === null }, t('resume')),
    ),
    h('p', { class: 'error', id: 'pause-error', role: 'alert' }, told(error)),
  )
}
