import type { ArticleProposal } from '../../../desk/article/article-draft.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId, make, setChildren } from '../../shared/dom.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import { t } from '../state/desk-words.ts'
import { articleRequest, filledWith } from './article-filling.ts'
import type { DeskDraft } from './desk-draft.ts'

type Asks = {
  readonly config: DeskConfig
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** The draft as it stands when the answer has come. */
  readonly draft: () => DeskDraft
  readonly show: (draft: DeskDraft) => void
}

/** “Paste an article”: asks the service for a proposal and puts it into the form. */
export function offerPasting({ config, isSignedOut, draft, show }: Asks): void {
  const form = byId('paste', HTMLFormElement)
  const pasted = byId('paste-text', HTMLTextAreaElement)
  const language = byId('paste-language', HTMLSelectElement)
  const error = byId('paste-error', HTMLElement)
  const unsure = byId('paste-unsure', HTMLUListElement)
  language.append(
    ...config.languages.map(({ tag, name }) => make('option', { value: tag, lang: tag }, `${name} (${tag})`)),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void propose()
  })

  async function propose(): Promise<void> {
    error.textContent = ''
    setChildren(unsure)
    const answer = await call<ArticleProposal>('/v1/desk/article', {
      method: 'POST',
      body: articleRequest(pasted.value),
    })
    if (answer.result === 'refused') {
      if (!isSignedOut(answer.problem)) error.textContent = answer.problem.detail
      return
    }
    if (answer.result === 'lost') {
      error.textContent = `${answer.detail ?? t('noService')} ${t('tryAgain')}`
      return
    }
    const proposal = answer.body
    setChildren(unsure, ...proposal.unsure.map(({ detail }) => make('li', {}, detail)))
    const filled = filledWith(draft(), proposal, language.value || (proposal.draft.language ?? ''))
    if ('refused' in filled) {
      error.textContent = filled.refused
      language.focus()
      return
    }
    show(filled.draft)
    pasted.value = ''
    language.value = ''
    byId('texts', HTMLElement).querySelector('textarea')?.focus()
  }
}
