/** The state of one process. Slots count from 1; the first is the owner's. */
export type ProcessState = {
  readonly slot: number
  readonly pid: number | undefined
  readonly state: 'ready' | 'starting' | 'silent' | 'ended'
}

/** The processes of this service, and how many were replaced since the start because they ended or hung. */
export type ProcessStates = {
  readonly members: readonly ProcessState[]
  readonly replaced: Readonly<Record<'ended' | 'hung', number>>
}

/** The state of a service that is a single process, or whose primary has sent no states yet. */
export const soleProcessStates: ProcessStates = {
  members: [{ slot: 1, pid: process.pid, state: 'ready' }],
  replaced: { ended: 0, hung: 0 },
}
