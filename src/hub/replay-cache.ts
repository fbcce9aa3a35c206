import type { Bounds, Entry, Seq, Start } from '../log/log.ts'
import type { Message } from '../protocol/message-schemas.ts'
import { type Frame, greetingFrame, joined, liveMessage } from '../protocol/messages.ts'
import type { FrameCache } from './frame-cache.ts'
import type { Group } from './group.ts'
import type { HubLimits } from './hub-limits.ts'

/** The joined frames of consecutive entries for one group, from a seq up to `to`. Null: none of them is for the group. */
export type Run = { readonly to: Seq; readonly frame: Frame | null }

/** Size of all cached replays; past it the cache is emptied. */
const keptBytesMax = 16 * 1_024 * 1_024
/** What one cached replay takes besides its frame: its map entry, and its group, which it keeps alive. */
const keptBytes = 512

type Deps = {
  readonly frameCache: FrameCache
  readonly message: (entry: Entry, language: string) => Message
  readonly bounds: () => Bounds
  readonly limits: HubLimits
}
type Kept = Map<Group, Map<Seq, Run>>

/**
 * Cache of joined replays. Thousands of readers who reconnect at once have few distinct cursors and interests: the first
 * of them has a buffer made, and the others are written the same buffer.
 */
export class ReplayCache {
  readonly #frameCache: FrameCache
  readonly #message: Deps['message']
  readonly #bounds: Deps['bounds']
  readonly #limits: HubLimits
  #kept: Kept = new Map()
  #openings: Kept = new Map()
  #bytes = 0

  constructor(deps: Deps) {
    this.#frameCache = deps.frameCache
    this.#message = deps.message
    this.#bounds = deps.bounds
    this.#limits = deps.limits
  }

  /**
   * The first bytes of a stream: the greeting, the replay from the cache, and the end of the replay where that is reached.
   * Subscribers with the same start, group and head share one buffer.
   */
  opening(start: Start, group: Group): Run {
    const known = start.resume === 'reset' ? undefined : this.#openings.get(group)?.get(start.seq)
    if (known !== undefined) return known
    const bounds = this.#bounds()
    const greeting = greetingFrame(group, start, bounds, this.#limits)
    const run = start.resume === 'replay' ? this.after(start.seq, group) : undefined
    const end = run?.to === bounds.head ? group.wire.frame(liveMessage(bounds)) : null
    const frame = joined([greeting, run?.frame ?? null, end])
    const opening = { to: run?.to ?? start.seq, frame: frame.length === 0 ? null : frame }
    if (start.resume !== 'reset') this.#keep(this.#openings, start.seq, group, opening)
    return opening
  }

  /** What a subscriber of the group at `from` is sent next; undefined when the cache does not reach back so far. */
  after(from: Seq, group: Group): Run | undefined {
    const known = this.#kept.get(group)?.get(from)
    if (known !== undefined) return known
    const run = this.#make(from, group)
    if (run !== undefined) this.#keep(this.#kept, from, group, run)
    return run
  }

  /** Empties the cache. Called when the head moves: replays that end at the old head would end too soon. */
  forget(): void {
    this.#kept = new Map()
    this.#openings = new Map()
    this.#bytes = 0
  }

  #make(from: Seq, group: Group): Run | undefined {
    const frames: Frame[] = []
    let bytes = 0
    let to = from
    for (; to < this.#frameCache.head && bytes < this.#limits.runBytesMax; to += 1) {
      const framed = this.#frameCache.get(to + 1)
      if (framed === undefined) return undefined
      const frame = group.frameOf(framed, this.#message)
      if (frame === null) continue
      frames.push(frame)
      bytes += frame.length
    }
    return { to, frame: frames.length === 0 ? null : joined(frames) }
  }

  #keep(kept: Kept, from: Seq, group: Group, run: Run): void {
    this.#bytes += keptBytes + (run.frame?.length ?? 0)
    if (this.#bytes > keptBytesMax) {
      this.forget()
      return
    }
    const ofGroup = kept.get(group) ?? new Map<Seq, Run>()
    ofGroup.set(from, run)
    kept.set(group, ofGroup)
  }
}
