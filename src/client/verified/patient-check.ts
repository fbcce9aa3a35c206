import type { Checked, KeyPin } from '../../signing/verify/key-pin.ts'
import type { World } from '../platform.ts'

type Verify = Parameters<KeyPin['check']>[0]

/** How often the service is asked for its keys while one entry is held, and how far apart. */
const asksMax = 3
const askEachMs = 4_000
/** So long after the first ask, however slow the answers are, no other is begun. */
const askingMsMax = 15_000
/** After that many asks in vain entries are not held for so long: whoever sends unknown keys delays genuine entries little. */
const restMs = 30_000

/**
 * Verifies entries by the pinned keys. One whose key is not known is held while the service is asked again: after a rotation one
 * of several nodes may still tell the former keys.
 */
export class PatientCheck {
  readonly #pin: Pick<KeyPin, 'check' | 'ask'>
  readonly #world: Pick<World, 'now' | 'later'>
  #gaveUpAt = Number.NEGATIVE_INFINITY

  constructor(pin: Pick<KeyPin, 'check' | 'ask'>, world: Pick<World, 'now' | 'later'>) {
    this.#pin = pin
    this.#world = world
  }

  /** Checks one entry. `ended`: nobody waits for the result any more. Rejects where the storage of the keys does not answer. */
  async check(verify: Verify, ended: AbortSignal): Promise<Checked> {
    const { now } = this.#world
    const beganAt = now()
    let checked = await this.#pin.check(verify)
    if (!isOpen(checked) || this.#isResting) return checked
    for (let asks = 0; asks < asksMax && now() - beganAt + askEachMs <= askingMsMax; asks += 1) {
      if (asks > 0) await this.#wait(ended)
      if (ended.aborted) return checked
      await this.#pin.ask()
      checked = await this.#pin.check(verify)
      if (!isOpen(checked)) return checked
    }
    this.#gaveUpAt = now()
    return checked
  }

  get #isResting(): boolean {
    // Without a sign: after a clock was set back it would rest for long.
    return Math.abs(this.#world.now() - this.#gaveUpAt) < restMs
  }

  #wait(ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        ended.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#world.later(askEachMs, end)
      ended.addEventListener('abort', end)
      if (ended.aborted) end()
    })
  }
}

function isOpen(checked: Checked): boolean {
  return checked === 'unknown-key' || checked === 'no-keys'
}
