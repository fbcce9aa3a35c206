import type { Alert } from '../../domain/alert-types.ts'
import type { Alarm } from '../../push/outbox/alarms.ts'
import type { MetricValues } from '../metrics.ts'
import type { AddressCounter } from '../streams/admission.ts'
import { type ProcessStates, soleProcessStates } from './process-states.ts'

/** What one process of a service may ask the others. */
export type PeerQuestion =
  | { readonly about: 'audience'; readonly alert: Alert }
  /** With the asker's own, which the primary keeps count of as well. */
  | { readonly about: 'metrics'; readonly own: MetricValues }
  | { readonly about: 'alarms' }
  | { readonly about: 'test'; readonly subscriptionId: string; readonly token: string }

/** What each of them says; null: this is for another to say. */
export type Answer = {
  /** How many readers of its own would be sent the alert, by language. */
  readonly audience: readonly (readonly [string, number])[]
  readonly metrics: MetricValues
  /** Those of its own; only the process that pushes has any. */
  readonly alarms: readonly Alarm[]
  readonly test: 'sent' | 'gone' | 'failed' | 'unknown' | null
}

/** How long the others may take to answer. */
export const answerMsMax = { audience: 2_000, metrics: 2_000, alarms: 2_000, test: 20_000 } as const satisfies Record<
  PeerQuestion['about'],
  number
>

/** The other processes of this service, as one of them sees them. Whatever is said to them may get lost. */
export type Peers = {
  /** Whether this is the one process that pushes and makes the first key. */
  readonly owner: boolean
  /** Whether the kernel may spread the port's connections over several listeners. */
  readonly reusePort: boolean
  /** Null where this process alone has all readers. */
  readonly addressCounter: AddressCounter | null
  /** All processes, as the primary last saw them. */
  processStates(): ProcessStates
  /** Tells the others that the log has grown. */
  wake(): void
  /** Another has said so. */
  onWake(wake: () => void): () => void
  /** Asks the others; gives the answers that came in time. Never rejects. */
  ask<About extends PeerQuestion['about']>(
    question: PeerQuestion & { readonly about: About },
  ): Promise<readonly Answer[About][]>
  /** Answers what the others ask. */
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
