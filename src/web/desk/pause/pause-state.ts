import type { Pause } from '../../../desk/pause.ts'

/** The pause (kill switch) at the desk, and what an administrator is about to change of it. */
export type PauseState = {
  readonly pause: Pause
  /** All editors see a pause, administrators change it; the service checks the role again. */
  readonly isAdmin: boolean
  /** What is chosen: '' for everything, or a list and a name of it, such as `languages fa`. */
  readonly scope: string
  readonly reason: string
  readonly error: string
  /** A change was asked for without a reason. */
  readonly isReasonMissing: boolean
}

export const noPause: PauseState = {
  ...{ pause: null, isAdmin: false, scope: '', reason: '', error: '', isReasonMissing: false },
}

/** Whether two pauses are the same. */
export function isSamePause(one: Pause, other: Pause): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/**
 * The pause as it stands now. A reason is for one change only: it is cleared when the pause has ended meanwhile, and when it
 * is the reason of this pause (whose response was lost). It must not be sent as the reason of the resume.
 */
export function withPause(state: PauseState, pause: Pause): PauseState {
  if (isSamePause(pause, state.pause)) return state
  return { ...state, pause, reason: pause === null || state.reason.trim() === pause.reason ? '' : state.reason }
}

/** A change was made. The desk's stream may tell of it before its response comes: what was chosen and written since stays. */
export function withTurned(state: PauseState, sent: Pick<PauseState, 'scope' | 'reason'>, pause: Pause): PauseState {
  const reason = state.reason === sent.reason ? '' : state.reason
  const scope = state.scope === sent.scope ? '' : state.scope
  return withPause({ ...state, reason, scope, error: '' }, pause)
}

/** The body of `POST /v1/desk/pause` and `/resume`. */
export function turnBody({ scope, reason }: Pick<PauseState, 'scope' | 'reason'>): object {
  const [list, name] = scope.split(' ')
  return { ...(list && name ? { [list]: [name] } : {}), reason }
}
