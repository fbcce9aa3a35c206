/** What a live stream says of itself in its welcome, and holds its readers to. */
export const streamLimits = {
  /** The longest replay; further back is a reset. */
  replayEntriesMax: 10_000,
  /** How often each reader hears the head: the time in which the wheel of heartbeats goes round once. */
  heartbeatSeconds: 25,
  /** The longest message from a reader. */
  messageBytesMax: 4_096,
} as const

export type StreamLimits = { readonly [Name in keyof typeof streamLimits]: number }
