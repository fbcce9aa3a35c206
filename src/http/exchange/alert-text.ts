import type { Rendered } from '../../domain/alert-types.ts'
import type { PageWords } from '../pages/page-words.ts'

/** The headline, led by the word for what was done to the alert. */
export function titleOf({ status, headline }: Rendered, words: PageWords): string {
  return status === 'corrected' || status === 'retracted' ? `${words.text(status)}: ${headline}` : headline
}

/** What an alert says now, as plain text: led by what was wrong, or by its retraction. */
export function plainOf({ status, summary, headline, note }: Rendered, words: PageWords): string {
  const said = status === 'retracted' ? words.text('retractedNotice') : summary || headline
  return note === undefined ? said : `${words.text('whatWasWrong')}: ${note}\n\n${said}`
}
