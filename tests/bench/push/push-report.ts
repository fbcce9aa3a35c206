import type { Worker } from '../common/processes.ts'

/** The push service that the sink stands for. */
export const pushHost = 'fcm.googleapis.com'

/** What the bench compares: the library as its documents show it, and the service's sender: plain, ours, with keys made ahead. */
export const pushContenders = ['web-push', 'tocsin-plain', 'tocsin', 'tocsin-prepared'] as const
export type PushContender = (typeof pushContenders)[number]

/** The parts of a message's work, measured by themselves. */
export const pushParts = [
  'seal-web-push',
  'seal-tocsin',
  'seal-prepared',
  'make-record',
  'key-agreement',
  'send',
] as const
export type PushPart = (typeof pushParts)[number]

/** What a sender is asked to do. */
export type SendOrder = {
  readonly how: PushContender | PushPart
  readonly messages: number
  /** Where the sink listens, and its certificate. */
  readonly port: number
  readonly cert: string
}

/** What it cost. */
export type SendReport = { readonly messages: number; readonly wallMs: number; readonly cpuMicros: number }

/** What the sink has seen. */
export type SinkReport = { readonly accepted: number; readonly lastAtMs: number; readonly cpuMicros: number }

/** A running sink. */
export type Sink = { readonly worker: Worker; readonly port: number; readonly cert: string }
