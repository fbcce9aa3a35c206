/** Chance that a seed repeats. */
export type Chance = {
  /** From 0 up to 1. */
  readonly next: () => number
  readonly between: (least: number, most: number) => number
  readonly pick: <Thing>(things: readonly [Thing, ...Thing[]]) => Thing
  readonly some: <Thing>(things: readonly Thing[], share: number) => Thing[]
}

/** The generator `mulberry32` of Tommy Ettinger: small, and good enough to choose faults by. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    pick: (things) => things[Math.floor(next() * things.length)] ?? things[0],
    some: (things, share) => things.filter(() => next() < share),
  }
}
