import type { ReaderConfig } from '../../shared/page-config.ts'
import { loadPart } from '../load-part.ts'
import { showMissed } from './missed-notice.ts'

/** A slow line needs some seconds for what verifies. */
const waitMs = 20_000
const againMs = 10_000
const againMsMax = 60_000

/**
 * Verifies what the page came with, again and again until that comes to an end. As long as it takes, the page says that it could not be
 * verified: who changes a page on its way can also keep back what would show it.
 */
export async function untilVerified(config: Pick<ReaderConfig, 'words'>, check: () => Promise<unknown>): Promise<void> {
  let isSaid = false
  let isOpen = true
  const say = () => {
    isSaid = true
    const load = () => import('./unverified-notice.ts')
    const part = loadPart(load, Number.POSITIVE_INFINITY, () => showMissed(config, true))
    part.then(({ showUnchecked }) => showUnchecked(isOpen)).catch(console.warn)
  }
  const timer = setTimeout(say, waitMs)
  for (let tried = 1; isOpen; tried += 1)
    try {
      await check()
      isOpen = false
    } catch (error) {
      console.warn('the page was not verified:', error)
      say()
      await new Promise((resolve) => setTimeout(resolve, Math.min(againMs * tried, againMsMax)))
    }
  clearTimeout(timer)
  if (isSaid) say()
}
