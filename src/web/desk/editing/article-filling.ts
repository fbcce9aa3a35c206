import type { ArticleProposal } from '../../../desk/article/article-draft.ts'
import { t } from '../state/desk-words.ts'
import type { DeskDraft, DraftText } from './desk-draft.ts'

/** What came of a proposal: the draft with its text, or why it was not put there. */
export type Filled = { readonly draft: DeskDraft } | { readonly refused: string }

/** The request for a proposal: HTML where it looks like it, else text. */
export function articleRequest(pasted: string): { readonly html: string } | { readonly text: string } {
  return /^\s*<(?:!doctype|!--|html|head|body|article|main|div|section|h[1-6]|p|meta|link|script)\b/i.test(pasted)
    ? { html: pasted }
    : { text: pasted }
}

/**
 * Puts a proposal into a draft, in `language`. A text that somebody wrote is not replaced; languages in which nothing is
 * written yet give way.
 */
export function filledWith(draft: DeskDraft, { draft: proposed }: ArticleProposal, language: string): Filled {
  if (language === '') return { refused: t('chooseArticleLanguage') }
  if (!isEmpty(draft.texts[language])) return { refused: t('textThere', { language }) }
  const written = Object.entries(draft.texts).filter(([tag, text]) => !isEmpty(text) || isPublished(draft, tag))
  const { headline, summary, url, topics = [] } = proposed
  return {
    draft: {
      ...draft,
      texts: { ...Object.fromEntries(written), [language]: { headline, summary, url: url ?? '' } },
      // A published alert keeps its topics.
      topics: draft.alert === null ? [...new Set([...draft.topics, ...topics])] : draft.topics,
    },
  }
}

function isEmpty(text: DraftText | undefined): boolean {
  return text === undefined || `${text.headline}${text.summary}${text.url}`.trim() === ''
}

function isPublished(draft: DeskDraft, tag: string): boolean {
  return draft.alert?.texts[tag] !== undefined
}
