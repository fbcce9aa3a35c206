import type { NewsCheck, Received } from './news-check.ts'

/** More do not wait while nothing can be verified; who reads then is told that something may be missing. */
const waitingMax = 500
/** After this it is said that something is held back. */
const heldMs = 15_000

/**
 * Gives on what the newsroom has signed, in the order in which it comes. `load`: loads what verifies, and calls `onMissing` where it
 * could not be had and is tried again. `tellMissing`: whether something is held back that cannot be verified yet.
 */
export function verifiedInTurn<Came extends Received>(
  load: (onMissing: () => void) => Promise<Pick<NewsCheck, 'mayShow'>>,
  show: (entry: Came) => void,
  tellMissing: (isMissing: boolean) => void,
): (entry: Came) => void {
  let turn = Promise.resolve()
  let waiting = 0
  let isHeld = false
  let isLost = false
  const hold = () => {
    isHeld = true
    tellMissing(true)
  }
  const lose = () => {
    isLost = true
    tellMissing(true)
  }
  async function decide(entry: Came): Promise<void> {
    // Such as where what verifies on old devices cannot be had.
    const timer = setTimeout(hold, heldMs)
    const mayShow = await load(hold)
      .then((check) => check.mayShow(entry))
      .finally(() => clearTimeout(timer))
    if (mayShow) show(entry)
    // What is lost stays missing until the page is read anew.
    if (isHeld && !isLost) tellMissing(false)
    isHeld = false
  }
  return (entry) => {
    if (waiting === waitingMax) return lose()
    waiting += 1
    turn = turn
      .then(() => decide(entry))
      .catch((error: unknown) => {
        console.warn('nothing could be verified:', error)
        lose()
      })
      .finally(() => {
        waiting -= 1
      })
  }
}
