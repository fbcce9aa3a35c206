import { render } from 'preact'
import type { ArticleProposal } from '../../../desk/article/article-draft.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { sending } from '../busy-button.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import { articleRequest, filledWith } from '../editing/article-filling.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import { t } from '../state/desk-words.ts'
import { nothingPasted, type PasteState, pasteView } from './paste-view.ts'

type Asks = {
  readonly config: DeskConfig
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** The draft as it stands when the answer has come. */
  readonly draft: () => DeskDraft
  readonly show: (draft: DeskDraft) => void
}

/** “Paste an article”: asks the service for a proposal and puts it into the form. Gives the way to forget what was said of it. */
export function offerPasting({ config, isSignedOut, draft, show }: Asks): () => void {
  const set = (state: PasteState) =>
    render(
      pasteView(state, config, {
        propose: (pasted, language, form) => sending(propose(pasted, language, form)),
      }),
      byId('paste-place', HTMLElement),
    )
  set(nothingPasted)

  async function propose(pasted: string, language: string, form: HTMLFormElement): Promise<void> {
    set(nothingPasted)
    const body = articleRequest(pasted)
    const answer = await call<ArticleProposal>('/v1/desk/article', { method: 'POST', body })
    if (answer.result === 'refused') {
      if (!isSignedOut(answer.problem)) set({ error: answer.problem.detail, unsure: [] })
      return
    }
    if (answer.result === 'lost')
      return set({ error: `${answer.detail ?? t('noService')} ${t('tryAgain')}`, unsure: [] })
    const { unsure, draft: proposed } = answer.body
    const filled = filledWith(draft(), answer.body, language || (proposed.language ?? ''))
    if ('refused' in filled) {
      set({ error: filled.refused, unsure })
      byId('paste-language', HTMLSelectElement).focus()
      return
    }
    set({ error: '', unsure })
    show(filled.draft)
    form.reset()
    byId('texts', HTMLElement).querySelector('textarea')?.focus()
  }

  return () => set(nothingPasted)
}
