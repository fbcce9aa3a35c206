import type { Child } from './child-process.ts'

const sliceMs = 1_000
/** How many checks a starting child may miss: the database or the machine may be busy. */
const startTurnsMax = 60

type Deps = {
  readonly children: () => readonly Child[]
  /** 0: no child is killed for being silent. */
  readonly hungSeconds: number
  /** Called when a child becomes silent, or answers again. */
  readonly changed: () => void
  readonly killing: (child: Child, seconds: number) => void
}

/**
 * Asks every child for a sign of life once a second, and kills one that has given none for `hungSeconds`: a process
 * that hangs or was stopped keeps its readers, who receive nothing. Silence is counted in checks of this watch, not by
 * the clock, so that a primary that was itself stopped for a while kills no healthy child. Returns what ends the watch.
 */
export function watchChildren(deps: Deps): () => void {
  let silent = silentOf(deps.children())
  const timer = setInterval(() => {
    const children = deps.children()
    for (const child of children) child.pulse()
    killOne(children, deps)
    const now = silentOf(children)
    if (now !== silent) deps.changed()
    silent = now
  }, sliceMs)
  return () => clearInterval(timer)
}

/** Kills the child that has been silent longest. The others may be waiting for a lock that it holds, so their count starts again. */
function killOne(children: readonly Child[], { hungSeconds, killing }: Deps): void {
  if (hungSeconds === 0) return
  const mayTake = ({ ready }: Child) => (ready ? hungSeconds : Math.max(hungSeconds, startTurnsMax))
  const isLate = (child: Child) => !child.hung && child.missedPulses >= mayTake(child)
  const [worst] = children.filter(isLate).toSorted((a, b) => b.missedPulses - a.missedPulses)
  if (worst === undefined) return
  killing(worst, worst.missedPulses)
  worst.hung = true
  worst.kill()
  for (const child of children) if (child !== worst) child.missedPulses = 0
}

function silentOf(children: readonly Child[]): string {
  return children
    .filter(({ state }) => state === 'silent')
    .map(({ pid }) => pid)
    .join()
}
