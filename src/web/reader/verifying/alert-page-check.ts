import '../common-parts.ts'
import type { Rendered } from '../../../domain/alert-types.ts'
import { epochOf } from '../../../protocol/cursor.ts'
import { setChildren } from '../../shared/dom.ts'
import { loadPart, partTries } from '../load-part.ts'
import { entryIn, said } from './entry-in-page.ts'
import type { Received } from './news-check.ts'

/** Which alert a page is of, and what it shows of it. */
type Standing = { readonly id: string; readonly language: string; readonly version: number }

/**
 * The signed entry in an alert's page that was asked for anew, where it is a newer one of this alert; else null, which is said.
 * Of all else in such a page nobody knows who wrote it. `onMissing`: what verifies could not be had, and is tried again.
 */
export async function newerIn(
  page: Document,
  { id, language, version }: Standing,
  onMissing: () => void,
): Promise<Received | null> {
  const load = () => import('./page-news-check.ts')
  const { newsCheck } = await loadPart(load, Number.POSITIVE_INFINITY, onMissing)
  const entry = entryIn(page)
  const { alert } = entry
  if (alert.id === id && alert.language === language && alert.version > version)
    return (await newsCheck.mayShow(entry)) ? entry : null
  await newsCheck.sayUnshown()
  return null
}

type Filling = {
  /** The article as the page would write it. */
  readonly fill: (alert: Rendered) => HTMLElement
  readonly show: (entry: Received) => void
  /** Names the page after an alert, or after none. */
  readonly entitle: (alert: Rendered | null) => void
  /** Says that something may be missing. */
  readonly tellMissed: (isMissed: boolean) => void
}

/**
 * Verifies the alert that stands in its page as the service has sent it. Where the page says something else, the alert is shown anew
 * as the newsroom has signed it, and where nothing genuine stands in it, it is taken away; both is said. What is signed with a key of
 * which neither this device nor the service knows anything is nothing genuine: the newsroom may have lost that key, or never had it.
 * A former version of an alert that this device knows in a newer one is taken away too, and it is said that something may be missing.
 * The history goes with a page that was changed, because it carries no signatures.
 */
export async function checkShown(
  article: HTMLElement,
  { id, language, version }: Standing,
  { fill, show, entitle, tellMissed }: Filling,
): Promise<void> {
  const load = () => import('./page-news-check.ts')
  const { newsCheck, toldVersions } = await loadPart(load, partTries)
  const entry = entryIn(document)
  const { alert } = entry
  const isOfPage = alert.id === id && alert.language === language && alert.version === version
  const verdict = isOfPage ? await newsCheck.verdictOn(entry) : 'forged'
  const told = await toldVersions(epochOf(entry.cursor))
  // What has come since was verified.
  if (!article.isConnected) return
  const isFormer = told.some((it) => it.id === id && it.version > version)
  const isGenuine = verdict === 'genuine' && !isFormer
  entitle(isGenuine ? alert : null)
  if (isGenuine && said(fill(alert)) === said(article)) return
  document.querySelector('.history')?.remove()
  if (isGenuine) show(entry)
  else setChildren(article)
  // The one that is newer comes when the page is asked for anew, if it may.
  if (isFormer) tellMissed(true)
  else await newsCheck.sayUnshown()
}
