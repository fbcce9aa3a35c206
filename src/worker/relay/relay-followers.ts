import type { FollowerWakeUps } from '../log/follower-wake-ups.ts'
import type { Follower, Upstream } from '../rpc.ts'

type Deps = {
  /** Who follows the relay. */
  readonly wakeUps: Pick<FollowerWakeUps, 'enlist' | 'dismiss' | 'followers'>
  readonly log: () => Pick<Upstream, 'enlist' | 'dismiss'>
  /** By which the log knows the relay. */
  readonly relayId: string
  /** Reads on to the log's head. */
  readonly read: () => Promise<unknown>
}

/**
 * Who follows a relay, and that the log rings the relay while anybody does. One at a time: a relay that was just left by
 * its last hub and is taken by another must not be taken off the log's list after it was put there.
 */
export class RelayFollowers {
  readonly #deps: Deps
  #turn: Promise<unknown> = Promise.resolve()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  enlist(kind: Follower, id: string): Promise<void> {
    const { wakeUps, log, relayId, read } = this.#deps
    return this.#inTurn(async () => {
      // Its own list first: whatever ends in between, it knows whom the log rings it for.
      wakeUps.enlist(kind, id)
      await log().enlist('relay', relayId)
      await read()
    })
  }

  dismiss(id: string): Promise<void> {
    const { wakeUps, log, relayId } = this.#deps
    return this.#inTurn(async () => {
      wakeUps.dismiss(id)
      await log().dismiss(id)
      if (wakeUps.followers('hub').length === 0) await log().dismiss(relayId)
    })
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }
}
