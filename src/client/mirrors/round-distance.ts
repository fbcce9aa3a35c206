import type { World } from '../platform.ts'

// While a service is away, an alert is shown at most ten seconds after a mirror has it that gives its file within two, whatever the others
// do. That is the sum of these worst cases:
//   8 s  from a round to the next one (`roundMsMax`): the mirror has the alert just after it was asked
//   2 s  until the file has come, which that mirror's connection and the reader's take
// No other mirror adds to it, because each is asked in each round, at once and whatever has become of the round before (`MirrorAttempts`).
// The first alert after a service fell silent is shown at most ten seconds later too, where a mirror has it by then:
//   page:   6 s for two heartbeats that are missing, 1 s in which the service may answer, 2 s for the file
//   client: 8 s for two heartbeats that are missing, 2 s for the file
// or after its connection broke:
//   page:   3 to 6 s in which the stream may come back, 2 s in which the service may answer, 2 s for the file
//   client: 5 s in which the connection may come back, 2 s for the file
// That holds for `soonForMs` from then on, from when a page comes into sight, and from each alert that a mirror has brought.

/** From the beginning of a round to that of the next: chance decides, so that readers who began together do not go on together. */
const roundMsMin = 6_000
const roundMsMax = 8_000
/** After that the rounds are further apart. */
export const soonForMs = 10 * 60_000

export function roundMs({ random }: Pick<World, 'random'>): number {
  return roundMsMin + random() * (roundMsMax - roundMsMin)
}
