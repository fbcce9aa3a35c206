import { saysWhatWasWrong } from '../../domain/alert.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import type { PageWords } from '../pages/page-words.ts'

/** The headline, led by the word for what was done to the alert. */
export function titleOf({ status, headline }: Rendered, words: PageWords): string {
  return status === 'corrected' || status === 'retracted' ? `${words.text(status)}: ${headline}` : headline
}

/**
 * An alert for programs that get only its newest version: where it was updated since its last correction, its note also says
 * what was wrong. `corrected`: the alert as that correction left it; none where there was none.
 */
export function withCorrection(
  text: Rendered,
  corrected: Pick<Rendered, 'note'> | undefined,
  words: PageWords,
): Rendered {
  if (corrected?.note === undefined) return text
  const wrong = `${words.text('whatWasWrong')}: ${corrected.note}`
  return { ...text, note: text.note === undefined ? wrong : `${text.note}\n${wrong}` }
}

/** What an alert says now, as plain text: led by its note, or by its retraction. */
export function plainOf({ status, summary, headline, note }: Rendered, words: PageWords): string {
  const said = status === 'retracted' ? words.text('retractedNotice') : summary || headline
  if (note === undefined) return said
  return `${saysWhatWasWrong({ status }) ? `${words.text('whatWasWrong')}: ` : ''}${note}\n\n${said}`
}
