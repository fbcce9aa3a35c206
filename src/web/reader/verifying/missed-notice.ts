import { byId, make, setChildren } from '../../shared/dom.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'

/** Says that something may be missing in the page, with the way to load it anew; or takes that back. */
export function showMissed(config: Pick<ReaderConfig, 'words'>, isMissed: boolean): void {
  const missed = byId('missed', HTMLElement)
  missed.hidden = !isMissed
  setChildren(missed)
  if (!isMissed) return
  const again = make('a', { href: '' })
  setWords(again, config, 'missed')
  setChildren(missed, again)
}
