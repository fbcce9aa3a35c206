import type { World } from '../../src/client/listen.ts'

export type FakeWorld = Pick<World, 'now' | 'later' | 'random'> & {
  /** How long each pending timer has still to go, soonest first. */
  readonly pending: () => readonly number[]
  /** Moves the clock on; timers act in their order. */
  readonly pass: (ms: number) => void
}

/** A clock that stands still until it is moved, and chance that is always the same. */
export function fakeWorld(random = 0.5): FakeWorld {
  let now = 1_000_000
  let timers: { at: number; act: () => void }[] = []
  return {
    now: () => now,
    random: () => random,
    later(ms, act) {
      const timer = { at: now + ms, act }
      timers.push(timer)
      return () => {
        timers = timers.filter((it) => it !== timer)
      }
    },
    pending: () => timers.map(({ at }) => at - now).sort((a, b) => a - b),
    pass(ms) {
      const until = now + ms
      for (;;) {
        const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        now = next.at
        timers = timers.filter((it) => it !== next)
        next.act()
      }
      now = until
    },
  }
}
