import { termsRanges } from './stream-terms.ts'

const { min, max } = termsRanges.heartbeat

/** What is wrong with a number of seconds between the heartbeats that pages in sight ask for (0: they ask for none), null when nothing is. */
export function pageHeartbeatFault(text: string): string | null {
  const seconds = Number(text)
  const isFit = /^\d{1,2}$/.test(text) && (seconds === 0 || (seconds >= min && seconds <= max))
  return isFit ? null : `0, or a whole number from ${min} to ${max}, is wanted`
}
