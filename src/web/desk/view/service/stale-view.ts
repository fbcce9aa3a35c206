import type { Freshness } from '../../desk-freshness.ts'
import { t, tParts } from '../../state/desk-words.ts'
import { button, moment, type View } from '../parts/view-parts.ts'

/** How long ago the page was up to date, where it is not any more. The form stays usable, so that no text is lost. */
export function staleView(trust: Freshness, freshAt: string, signIn: () => void): readonly (View | string)[] {
  if (trust === 'fresh') return []
  const words = tParts<View>(`stale_${trust}`, { time: moment(freshAt) })
  return trust === 'unanswered' ? words : [...words, ' ', button(t('signIn'), signIn)]
}
