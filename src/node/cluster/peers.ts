import type { Alert } from '../../domain/alert-types.ts'
import type { Seq } from '../../log/log.ts'
import type { Alarm } from '../../push/outbox/alarms.ts'
import type { MetricValues } from '../metrics.ts'
import type { AddressCounter } from '../streams/admission.ts'
import { type ProcessStates, soleProcessStates } from './process-states.ts'

/** How many streams of one process a change was written to, by language. */
export type ReachedCounts = readonly (readonly [language: string, count: number])[]

/** A question that one process of a service sends to the others. */
export type PeerQuestion =
  | { readonly about: 'readers'; readonly alert: Alert }
  /** `own`: the metrics of the process that asks, which the primary adds to its totals. */
  | { readonly about: 'metrics'; readonly own: MetricValues }
  | { readonly about: 'alarms' }
  | { readonly about: 'reached'; readonly seqs: readonly Seq[] }
  | { readonly about: 'test'; readonly subscriptionId: string; readonly token: string }

/** The answer to each kind of question; null: another process has the answer. */
export type Answer = {
  /** How many readers of this process would be sent the alert, by language. */
  readonly readers: readonly (readonly [string, number])[]
  readonly metrics: MetricValues
  /** The alarms of this process; only the process that pushes has some. */
  readonly alarms: readonly Alarm[]
  /** How many streams of this process each change was written to; null: not known there. */
  readonly reached: readonly (ReachedCounts | null)[]
  readonly test: 'sent' | 'gone' | 'failed' | 'unknown' | null
}

/** The time-out of each kind of question, in milliseconds. */
export const answerMsMax = {
  readers: 2_000,
  metrics: 2_000,
  alarms: 2_000,
  reached: 2_000,
  test: 20_000,
} as const satisfies Record<PeerQuestion['about'], number>

/** The other processes of this service. Messages to them may get lost. */
export type Peers = {
  /** Whether this is the one process that pushes and makes the first key. */
  readonly owner: boolean
  /** Whether the kernel may spread the port's connections over several listeners. */
  readonly reusePort: boolean
  /** Counts streams over all processes; null where this is the only process. */
  readonly addressCounter: AddressCounter | null
  /** The states of all processes, as of the primary's last message. */
  processStates(): ProcessStates
  /** Wakes the other processes: the log has grown. */
  wake(): void
  /** Registers a callback for wake-ups from the others. Returns a function that removes it. */
  onWake(wake: () => void): () => void
  /** Asks the others; gives the answers that came in time. Never rejects. */
  ask<About extends PeerQuestion['about']>(
    question: PeerQuestion & { readonly about: About },
  ): Promise<readonly Answer[About][]>
  /** Sets the function that answers the questions of the others. */
  onAsk(answer: (question: PeerQuestion) => Promise<unknown>): void
}

/** The peers of a service in one process: none. */
export const soleProcess: Peers = {
  owner: true,
  reusePort: false,
  addressCounter: null,
  processStates: () => soleProcessStates,
  wake() {},
  onWake: () => () => {},
  ask: async () => [],
  onAsk() {},
}
