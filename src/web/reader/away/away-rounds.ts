import { roundMs, soonForMs } from '../../../client/mirrors/round-distance.ts'
import type { World } from '../../../client/platform.ts'

/** How long the service may answer until the mirrors are asked; and where its stream fell silent, so that it will hardly answer. */
const answerMsMax = 2_000
const silentAnswerMsMax = 1_000
/** The same while the mirrors are asked anyway. */
const besideAnswerMsMax = 5_000
/** How long the stream is away until the list is read without it from a service that answers. */
const readAfterMs = 12_000
/** How long after that at least, and up to twice as long; of mirrors where the page is out of sight, or nothing has come for long. */
const againMsMin = 30_000

type Deps = {
  /** Whether the service answers within so long. Never rejects. */
  readonly isAnswering: (msMax: number) => Promise<boolean>
  /** Reads the list from the service. Rejects where that does not work. */
  readonly fromService: () => Promise<unknown>
  readonly fromMirrors: () => Promise<unknown>
  readonly isInSight: () => boolean
} & Pick<World, 'now' | 'random' | 'later'>

/**
 * While a page's stream is away: asks the service whether it is there, and reads the list from it, or from mirrors where it is not. Mirrors
 * are not waited for: `src/client/mirrors/round-distance.ts` says how soon an alert comes.
 */
export class AwayRounds {
  readonly #deps: Deps
  /** The service has answered, although the stream is away. */
  #isThere = true
  #isAway = true
  #begunAt = 0
  /** Since when nothing has come, and nobody has come to look at the page. */
  #quietSince: number
  #cancel = () => {}

  constructor(deps: Deps) {
    this.#deps = deps
    this.#quietSince = deps.now()
  }

  /** `isSilent`: nothing came over the stream any more; `isUnanswered`: the service has just been asked in vain. */
  async begin(isSilent: boolean, isUnanswered: boolean): Promise<void> {
    const isThere = !isUnanswered && (await this.#deps.isAnswering(isSilent ? silentAnswerMsMax : answerMsMax))
    this.#isThere = isThere
    if (isThere) this.#wait(readAfterMs)
    else this.#round()
  }

  end(): void {
    this.#isAway = false
    this.#cancel()
  }

  /** An alert has come, or the page has come into sight: from now on the next one is to be shown soon, for some minutes. */
  soon(): void {
    this.#quietSince = this.#deps.now()
    if (!this.#isThere) this.#wait(Math.max(0, this.#begunAt + this.#distanceMs() - this.#deps.now()))
  }

  #wait(ms: number): void {
    this.#cancel()
    if (this.#isAway) this.#cancel = this.#deps.later(ms, () => this.#round())
  }

  #distanceMs(): number {
    const { now, random, isInSight } = this.#deps
    // Without a sign: after a clock was set back the rounds would stay close for long.
    const isSoon = isInSight() && Math.abs(now() - this.#quietSince) < soonForMs
    return isSoon && !this.#isThere ? roundMs(this.#deps) : againMsMin * (1 + random())
  }

  #round(): void {
    if (!this.#isAway) return
    this.#begunAt = this.#deps.now()
    this.#wait(this.#distanceMs())
    if (!this.#isThere) void this.#fromMirrors()
    void this.#fromService(this.#isThere)
  }

  async #fromService(wasThere: boolean): Promise<void> {
    const { isAnswering, fromService } = this.#deps
    const isThere =
      (await isAnswering(wasThere ? answerMsMax : besideAnswerMsMax)) &&
      (await fromService().then(
        () => true,
        () => false,
      ))
    if (!this.#isAway || isThere === this.#isThere) return
    this.#isThere = isThere
    if (isThere) this.#wait(this.#distanceMs())
    else this.#round()
  }

  async #fromMirrors(): Promise<void> {
    await this.#deps.fromMirrors().catch((error: unknown) => console.warn('no mirror was read:', error))
  }
}
