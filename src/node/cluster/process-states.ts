/** How one of the processes stands, by its place from 1: the first is the owner's. */
export type ProcessState = {
  readonly place: number
  readonly pid: number | undefined
  readonly state: 'ready' | 'starting' | 'silent' | 'ended'
}

/** The processes of this service, and how many had to be replaced since the start: because they ended, or hung. */
export type ProcessStates = {
  readonly members: readonly ProcessState[]
  readonly replaced: Readonly<Record<'ended' | 'hung', number>>
}

/** What there is to tell of a process that is there, alone or not heard of yet. */
export const soleProcessStates: ProcessStates = {
  members: [{ place: 1, pid: process.pid, state: 'ready' }],
  replaced: { ended: 0, hung: 0 },
}
