import { render } from 'preact'
import type { FilledTemplate } from '../../../desk/templates/fill-template.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { sending } from '../busy-button.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import { t } from '../state/desk-words.ts'
import {
  type DeskTemplate,
  type Filling,
  filledFrom,
  fillingOf,
  noForm,
  type TemplateForm,
  templateIn,
} from './template-form.ts'
import { templatesView } from './templates-view.ts'

type Asks = {
  readonly config: DeskConfig
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** The draft as it stands when the answer has come. */
  readonly draft: () => DeskDraft
  readonly show: (draft: DeskDraft) => void
}

/** Offers the newsroom's templates. `read` reads them, once somebody is signed in; `forget` ends what was said of the last filling. */
export function offerTemplates({ config, isSignedOut, draft, show }: Asks): {
  readonly read: () => Promise<void>
  readonly forget: () => void
} {
  let form: TemplateForm = noForm
  let last: Filling | null = null
  const set = (changed: Partial<TemplateForm>) => {
    form = { ...form, ...changed }
    render(
      templatesView(form, config, {
        choose: (chosen) => set({ chosen, error: '', mistakes: [], result: null }),
        write: (blank, value) => set({ values: { ...form.values, [blank]: value } }),
        writeIn: (blank, tag, value) =>
          set({ byLanguage: { ...form.byLanguage, [blank]: { ...form.byLanguage[blank], [tag]: value } } }),
        fill: () => sending(fill()),
      }),
      byId('templates-place', HTMLElement),
    )
  }

  async function fill(): Promise<void> {
    set({ error: '', mistakes: [], result: null })
    const path = `/v1/desk/templates/${encodeURIComponent(form.chosen)}/fill`
    const answer = await call<FilledTemplate>(path, { method: 'POST', body: fillingOf(form), attempts: 2 })
    if (answer.result === 'lost') return set({ error: `${answer.detail ?? t('noService')} ${t('tryAgain')}` })
    if (answer.result === 'refused') return isSignedOut(answer.problem) ? undefined : refused(answer.problem)
    const filled = filledFrom(
      draft(),
      answer.body,
      config.languages.map(({ tag }) => tag),
      last,
    )
    last = filled.filling
    show(filled.draft)
    set({ result: filled.result })
    byId('texts', HTMLElement).querySelector('textarea')?.focus()
  }

  function refused({ errors = [], detail }: ProblemBody): void {
    // A value in one language stands at its blank.
    const mistakes = errors.map((it) => ({ ...it, pointer: it.pointer.split('/').slice(0, 3).join('/') }))
    const isShown = mistakes.some(({ pointer }) => /^\/blanks\/./.test(pointer))
    set({ mistakes, error: isShown ? '' : detail })
    byId('templates', HTMLElement).querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }

  const read = async () => {
    const answer = await call<{ readonly templates: readonly DeskTemplate[] }>('/v1/desk/templates')
    const { lang } = document.documentElement
    if (answer.result === 'done') set({ templates: answer.body.templates.map((it) => templateIn(it, lang)) })
  }
  return { read, forget: () => set({ error: '', mistakes: [], result: null }) }
}
