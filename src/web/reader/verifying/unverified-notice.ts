import '../common-parts.ts'
import { deleteStored } from '../../shared/browser-storage.ts'
import { byId, make, setChildren } from '../../shared/dom.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'
import { loadHelp } from '../push/push-help.ts'
import type { ChangedKey } from './news-check.ts'

/** For a page that cannot load the words of its language. */
const inEnglish: Pick<ReaderConfig, 'words'> = {
  words: {
    text: {
      unverified: 'One new item could not be verified and is not shown.',
      unchecked: 'This page could not be verified yet.',
      missed: 'Some alerts may be missing here. Reload the page.',
    },
    english: ['unverified', 'unchecked', 'missed'],
  },
}

/**
 * Says above the news that something is not shown, because it could not be verified. `changed`: because the service has another
 * key; then it says what that means, and lets the reader trust that key.
 */
export async function showUnverified(changed: ChangedKey | null): Promise<void> {
  const help = await loadHelp(document.documentElement.lang).catch(() => null)
  const words = help ?? inEnglish
  const notice = place()
  const isChange = changed !== null && help !== null
  // A change stays said: what comes later is not shown for the same reason.
  const isKnown = notice.hasChildNodes() && notice.dataset.unchecked === undefined
  if (notice.dataset.changed !== undefined || (!isChange && isKnown)) return
  delete notice.dataset.unchecked
  const [line, again] = [make('p', { role: 'status' }), make('a', { href: '' })]
  setChildren(notice, line)
  const said = make(isChange ? 'strong' : 'span')
  setWords(said, words, isChange ? 'keyChanged' : 'unverified')
  setWords(again, words, 'missed')
  // Added when the region is there, so that screen readers tell it.
  line.append(said, ...(isChange ? [] : [' ', again]))
  if (!isChange) return
  notice.dataset.changed = ''
  notice.append(...explanation(help, changed))
  sayInPanel(help)
}

/** Says that what the page came with is not verified yet, or takes that back. */
export async function showUnchecked(isUnchecked: boolean): Promise<void> {
  const words = (await loadHelp(document.documentElement.lang).catch(() => null)) ?? inEnglish
  const notice = place()
  // What could be verified, and is false, stays said.
  if (notice.hasChildNodes() && notice.dataset.unchecked === undefined) return
  setChildren(notice)
  if (!isUnchecked) return notice.remove()
  notice.dataset.unchecked = ''
  const line = make('p', { role: 'status' })
  notice.append(line)
  setWords(line, words, 'unchecked')
}

function place(): HTMLElement {
  const known = document.getElementById('unverified')
  if (known !== null) return known
  const notice = make('section', { id: 'unverified', class: 'panel notice' })
  const next = document.getElementById('missed') ?? byId('alerts', HTMLElement)
  next.before(notice)
  return notice
}

function explanation(
  words: Pick<ReaderConfig, 'words'>,
  { known, offered, trust }: ChangedKey,
): readonly HTMLElement[] {
  const [what, trusted] = [make('p'), make('button', { type: 'button' })]
  setWords(what, words, 'keyChangedWhat')
  setWords(trusted, words, 'trustKey')
  trusted.onclick = async () => {
    await trust()
    // What the other key has told of mirrors does not hold any more (`src/web/shared/mirrors/`).
    for (const name of ['mirrors', 'mirrors-seen', 'mirror-news']) await deleteStored(name).catch(() => {})
    // As it stands now, and from here on by the new key.
    location.reload()
  }
  const keys = [
    ['keyKnown', known],
    ['keyNew', offered],
  ].map(([word = '', id = '']) => {
    const [line, name] = [make('p'), make('span')]
    setWords(name, words, word)
    line.append(name, ' ', make('code', { dir: 'ltr' }, id))
    return line
  })
  return [what, ...keys, make('p', { class: 'buttons' }, trusted)]
}

/** Who looks why no notification comes finds it there. */
function sayInPanel(words: Pick<ReaderConfig, 'words'>): void {
  const message = document.querySelector('#push[data-state="on"] #push-message')
  if (message === null) return
  const link = make('a', { href: '#unverified' })
  setWords(link, words, 'keyChanged')
  setChildren(message, link)
}
