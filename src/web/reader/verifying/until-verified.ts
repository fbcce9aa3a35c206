import '../common-parts.ts'
import type { ReaderConfig } from '../../shared/page-config.ts'
import { loadPart, partTries } from '../load-part.ts'
import type { checkShown } from './alert-page-check.ts'
import type { checkList } from './list-check.ts'
import { showMissed } from './missed-notice.ts'

type Words = Pick<ReaderConfig, 'words'>

/** A slow line needs some seconds for what verifies. */
const waitMs = 20_000
const againMs = 10_000
const againMsMax = 60_000

/** Verifies the list with which the page came. */
export function verifyList(deps: Parameters<typeof checkList>[0] & { readonly config: Words }): Promise<void> {
  return untilVerified(deps.config, async () => {
    const { checkList } = await loadPart(() => import('./list-check.ts'), partTries)
    await checkList(deps)
  })
}

type Shown = Parameters<typeof checkShown>

/** Verifies the alert with which its own page came. */
export function verifyAlert(
  config: Words,
  article: Shown[0],
  standing: Shown[1],
  filling: Omit<Shown[2], 'tellMissed'>,
): Promise<void> {
  const tellMissed = (isMissed: boolean) => showMissed(config, isMissed)
  return untilVerified(config, async () => {
    const { checkShown } = await loadPart(() => import('./alert-page-check.ts'), partTries)
    await checkShown(article, standing, { ...filling, tellMissed })
  })
}

/**
 * Verifies what the page came with, again and again until that comes to an end. As long as it takes, the page says that it could not be
 * verified: who changes a page on its way can also keep back what would show it.
 */
async function untilVerified(config: Words, check: () => Promise<unknown>): Promise<void> {
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
