import type { Blank } from '../../../domain/templates/newsroom-templates.ts'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import { counted } from '../state/amounts.ts'
import { languagesListed, t } from '../state/desk-words.ts'
import { mistakeWords } from '../state/service-words.ts'
import { h } from '../view/parts/element.ts'
import { isWrong, mistakeLine } from '../view/parts/mistake-line.ts'
import { told, type View } from '../view/parts/view-parts.ts'
import { chosenTemplate, type DeskTemplate, type TemplateForm, type TemplateResult } from './template-form.ts'

export type TemplateActs = {
  readonly choose: (id: string) => void
  readonly write: (blank: string, value: string) => void
  readonly writeIn: (blank: string, tag: string, value: string) => void
  readonly fill: () => void
}

type InputEvent = Event & { readonly currentTarget: HTMLInputElement & HTMLSelectElement }

/** “From a template”: one is chosen, its blanks are filled once, and every language gets its text. Nothing where there is none. */
export function templatesView(form: TemplateForm, config: DeskConfig, acts: TemplateActs): View {
  const { templates, chosen, error, result } = form
  if (templates === null || templates.length === 0) return null
  const template = chosenTemplate(form)
  return h(
    'details',
    { id: 'templates', class: 'pasting' },
    h('summary', {}, t('templatesTitle')),
    h(
      'form',
      {
        noValidate: true,
        onSubmit: (event: Event) => {
          event.preventDefault()
          acts.fill()
        },
      },
      h(
        'p',
        { class: 'field' },
        h('label', { for: 'template' }, t('template')),
        ' ',
        h(
          'select',
          {
            id: 'template',
            value: chosen,
            onChange: ({ currentTarget }: InputEvent) => acts.choose(currentTarget.value),
          },
          h('option', { value: '' }, t('choose')),
          templates.map(({ id, name }) => h('option', { key: id, value: id, dir: 'auto' }, name)),
        ),
      ),
      template?.blanks.map((blank) => blankView(blank, template, form, config, acts)),
      h('p', { id: 'template-error', class: 'error', role: 'alert', dir: 'auto' }, error),
      template === null
        ? null
        : h(
            'p',
            { class: 'buttons' },
            h(
              'button',
              { id: 'template-fill', type: 'submit' },
              t('fillTemplate', { count: counted(Object.keys(template.texts).length) }),
            ),
          ),
      h('div', { id: 'template-result', role: 'status' }, result === null ? null : resultView(result, config)),
    ),
  )
}

function blankView(
  { id, label, kind, examples }: Blank,
  { texts }: DeskTemplate,
  form: TemplateForm,
  config: DeskConfig,
  acts: TemplateActs,
): View {
  const field = `blank-${id}`
  const pointer = `/blanks/${id}`
  return h(
    'div',
    { key: id, class: 'blank' },
    h('p', { class: 'label' }, h('label', { for: field, dir: 'auto' }, label)),
    h('input', {
      id: field,
      type: 'text',
      dir: 'auto',
      autocomplete: 'off',
      inputMode: kind === 'number' ? 'decimal' : 'text',
      placeholder: examples[0] ?? '',
      value: form.values[id] ?? '',
      'aria-invalid': isWrong(pointer, form.mistakes),
      'aria-describedby': `${field}-error`,
      onInput: ({ currentTarget }: InputEvent) => acts.write(id, currentTarget.value),
    }),
    mistakeLine(pointer, form.mistakes, `${field}-error`),
    kind === 'number'
      ? null
      : h(
          'details',
          {},
          h('summary', {}, t('blankByLanguage')),
          Object.keys(texts).map((tag) => {
            const { name, dir } = languageNamed(config, tag)
            return h(
              'label',
              { class: 'field', key: tag },
              h('bdi', { lang: tag }, name),
              ' ',
              h('input', {
                id: `${field}-${tag}`,
                type: 'text',
                lang: tag,
                dir,
                autocomplete: 'off',
                value: form.byLanguage[id]?.[tag] ?? '',
                onInput: ({ currentTarget }: InputEvent) => acts.writeIn(id, tag, currentTarget.value),
              }),
            )
          }),
        ),
  )
}

function resultView({ unsure, missing, kept }: TemplateResult, config: DeskConfig): View {
  const names = languagesListed
  const lines = [
    ...(missing.length === 0 ? [] : [t('missingLanguages', { names: names(missing) })]),
    ...(kept.length === 0 ? [] : [t('templateKept', { names: names(kept) })]),
  ]
  return h(
    'ul',
    { class: 'warnings', 'aria-label': t('lookTwice') },
    lines.map((line) => h('li', { key: line }, line)),
    unsure.map((it) => {
      const { pointer, detail } = it
      const [, , , tag = ''] = pointer.split('/')
      return h(
        'li',
        { key: pointer + detail },
        tag === '' ? null : [h('bdi', { key: tag, lang: tag }, languageNamed(config, tag).name), ': '],
        told(mistakeWords({ ...it, pointer })),
      )
    }),
  )
}
