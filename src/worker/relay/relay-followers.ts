import type { FollowerWakeUps } from '../log/follower-wake-ups.ts'
import type { Follower, Upstream } from '../rpc.ts'

type Deps = {
  /** The relay's followers. */
  readonly wakeUps: Pick<FollowerWakeUps, 'enlist' | 'dismiss' | 'followers'>
  readonly log: () => Pick<Upstream, 'enlist' | 'dismiss'>
  /** The relay's name in the log object. */
  readonly relayId: string
  /** Reads the log to its head. */
  readonly read: () => Promise<unknown>
}

/**
 * The followers of a relay. While there are any, the log object wakes the relay. Changes run one after the other: when the
 * last hub leaves and another joins at the same time, the relay must stay on the log object's list.
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
      // The own list is stored first: if the object ends in between, it knows its followers.
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
