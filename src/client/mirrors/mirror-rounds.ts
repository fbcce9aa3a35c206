import type { Rendered } from '../../domain/alert-types.ts'
import { epochOf, seqOf } from '../../protocol/cursor.ts'
import { type PlainInterest, plainInterest } from '../../protocol/terms/plain-interest.ts'
import type { KeyPin } from '../../signing/verify/key-pin.ts'
import type { TrustedKeys } from '../../signing/verify/key-trust.ts'
import { openVerifier, type Verifier } from '../../signing/verify/verifier.ts'
import { type GenuineEntry, verifyBundle } from '../../signing/verify/verify-bundle.ts'
import { isFarAhead, type Seen } from '../../signing/verify/verify-statements.ts'
import { baseOf, snapshotAddress } from '../client-requests.ts'
import type { State, Via } from '../listen-options.ts'
import type { World } from '../platform.ts'
import type { OrderedListening } from '../verified/ordered-listening.ts'
import { askMirror } from './ask-mirror.ts'
import { type GenuineBundle, type News, newsIn } from './bundle-news.ts'
import { KeptSeen } from './kept-seen.ts'
import { ListRefresh } from './list-refresh.ts'
import { MirrorAddresses, type MirrorStorage } from './mirror-addresses.ts'
import { MirrorAttempts } from './mirror-attempts.ts'
import { roundMs, soonForMs } from './round-distance.ts'

/** So long the service has not been there when mirrors are asked in its place. Where its connection fell silent that is long enough. */
const awayMs = 5_000
/**
 * Seconds between heartbeats that the service is asked for where there are mirrors: silence shows after two, so that what is news then comes
 * from a mirror within ten seconds.
 */
const heartbeatSeconds = 4
/** Between two rounds when no alert has come for long; longer each time, up to the most. */
const pauseMs = 10_000
const pauseMsMax = 60_000
const pauseGrowth = 1.5

/** A bundle that is genuine, with what it says of mirrors, signed. */
type Read = GenuineBundle & { readonly mirrors: unknown; readonly keys: TrustedKeys }

type Trust = { readonly verifier: Verifier; readonly keys: TrustedKeys }

type Deps = {
  readonly world: World
  /** The address of the service, as a folder. */
  readonly base: URL
  /** Addresses of mirrors besides those of the newsroom's list. */
  readonly byHand: readonly string[]
  readonly storage: MirrorStorage
  /** Whether the service is asked for heartbeats that show its silence soon: the app has not said how often it wants them. */
  readonly isWatching: boolean
  readonly pin: Pick<KeyPin, 'keys' | 'follow'>
  /** Resolves when what the app trusts is pinned. */
  readonly ready: () => Promise<void>
  /** Asks the service for its signed list of mirrors, which may be anything. Null: no answer. */
  readonly askList: () => Promise<{ readonly mirrors: unknown } | null>
}

/** While the service does not answer: asks mirrors round by round, and gives on what they have that is new. */
export class MirrorRounds {
  readonly #deps: Deps
  readonly #verifier = openVerifier().catch(() => null)
  readonly #addresses: MirrorAddresses
  readonly #refresh: ListRefresh
  readonly #kept: KeptSeen
  readonly #sinceMs: number
  #listening: OrderedListening | undefined
  #origin: State = 'connecting'
  #away: AbortController | undefined
  #cancelTimer: () => void = () => {}
  /** Since when the service is away, or a mirror has brought nothing. */
  #quietSince = 0
  #pauseMs = pauseMs
  #attempts = new MirrorAttempts()
  /** The newest time of anything signed that was seen. */
  #at: string | undefined
  /** What was kept as seen, where that is of another log than the app's cursor. */
  #other: Seen | undefined
  #via: Via | undefined
  /** Since the service went away a mirror was read. */
  #wasRead = false

  constructor(deps: Deps) {
    this.#deps = deps
    this.#sinceMs = deps.world.now()
    this.#addresses = new MirrorAddresses(deps.byHand, deps.storage, deps.world.now)
    this.#kept = new KeptSeen(deps.storage, deps.world.now)
    this.#refresh = new ListRefresh(deps.world, () => this.#learn())
  }

  /** Gives on to this listening from now on. */
  begin(listening: OrderedListening): void {
    this.#listening = listening
    void this.#recall(listening)
    void this.#watch().catch(() => {})
  }

  get #wanted(): PlainInterest {
    return plainInterest(this.#listening?.interest ?? {})
  }

  /** Once there are mirrors that can be read, silence is to show in seconds. */
  async #watch(): Promise<void> {
    const trust = await this.#trusted()
    if (!this.#deps.isWatching || trust === null || this.#wanted.languages === '*') return
    const urls = await this.#addresses.urls(trust.verifier, trust.keys, this.#deps.base.href)
    this.#listening?.askHeartbeat(urls.length > 0 ? heartbeatSeconds : undefined)
  }

  /** What is signed was seen up to here the last time. */
  async #recall(listening: OrderedListening): Promise<void> {
    const seen = await this.#kept.read()
    if (seen === null) return
    // Of another log it may be another newsroom's: then its time says nothing of this one.
    await listening.inTurn(({ cursor }) => {
      if (cursor === undefined || epochOf(cursor) === seen.epoch) this.#newest(seen.at)
      else this.#other = seen
      listening.recall(`${seen.epoch}.${seen.head}`)
    })
  }

  /** Something that the newsroom has signed at a time (RFC 3339) was seen. */
  seen(at: string): void {
    this.#newest(at)
    void this.#keep()
  }

  async #keep(): Promise<void> {
    if (!this.#kept.isKept) return
    const seen = await this.#listening?.inTurn(({ cursor, isClaimed }) => (isClaimed ? undefined : cursor))
    if (typeof seen === 'string' && this.#at !== undefined)
      await this.#kept.keep({ epoch: epochOf(seen), head: seqOf(seen), at: this.#at })
  }

  #newest(at: string): void {
    // A time that a wrong clock has signed says nothing of what is later.
    if (isFarAhead(at, this.#deps.world.now())) return
    if (this.#at === undefined || Date.parse(at) > Date.parse(this.#at)) this.#at = at
  }

  /** How it stands with the service; `detail` has `silentMs` where its connection has fallen silent. */
  originIs(state: State, detail?: unknown): void {
    this.#origin = state
    if (state === 'live') this.#refresh.live()
    else if (state !== 'replaying') this.#refresh.away()
    // A network may let the beginning of a replay through, and stop there each time.
    const isAway = state !== 'live' && state !== 'stopped'
    if (isAway && this.#away === undefined) {
      this.#away = new AbortController()
      this.#wasRead = false
      this.#attempts = new MirrorAttempts()
      this.#beSoon(Object(detail).silentMs === undefined ? awayMs : 0, this.#away.signal)
    }
    if (isAway) return
    this.#cancelTimer()
    this.#away?.abort()
    this.#away = undefined
    this.#via = undefined
  }

  get #isSoon(): boolean {
    // Without a sign: after a clock was set back the rounds would stay close for long.
    return Math.abs(this.#deps.world.now() - this.#quietSince) < soonForMs
  }

  /** From the next round on, which is so long from now, rounds are close for some minutes. */
  #beSoon(ms: number, ended: AbortSignal): void {
    this.#quietSince = this.#deps.world.now()
    this.#pauseMs = pauseMs
    this.#later(ms, ended)
  }

  #later(ms: number, ended: AbortSignal): void {
    const { world } = this.#deps
    this.#cancelTimer()
    this.#cancelTimer = world.later(ms, () => {
      // From its beginning, however long its mirrors take.
      this.#later(this.#isSoon ? roundMs(world) : this.#pauseMs, ended)
      if (!this.#isSoon) this.#pauseMs = Math.min(this.#pauseMs * pauseGrowth, pauseMsMax)
      // A storage that does not answer: the next round asks it again.
      this.#round(this.#attempts, ended).catch(() => {})
    })
  }

  /** Asks all mirrors. Each may be some minutes behind, or give an old copy, and only another one shows that. */
  async #round(attempts: MirrorAttempts, ended: AbortSignal): Promise<void> {
    const trust = await this.#trusted()
    if (trust === null || ended.aborted) return
    const { verifier, keys } = trust
    const attempt = async (url: string, came: (bytes: number) => void, over: AbortSignal) => {
      const interest = this.#wanted
      const bundles = await this.#read(url, interest, trust, came, over)
      if (bundles !== null && !over.aborted) await this.#take(url, interest, bundles)
    }
    await attempts.round(await this.#addresses.urls(verifier, keys, this.#deps.base.href), attempt, ended)
  }

  async #trusted(): Promise<Trust | null> {
    const { ready, pin } = this.#deps
    await ready()
    const [verifier, keys] = [await this.#verifier, await pin.keys()]
    return verifier === null || keys === null ? null : { verifier, keys }
  }

  async #learn(): Promise<boolean> {
    const told = await this.#deps.askList()
    if (told !== null) await this.#offer(told.mirrors)
    return told !== null
  }

  async #offer(mirrors: unknown): Promise<void> {
    const trust = await this.#trusted()
    if (trust === null) return
    await this.#addresses.offer(trust.verifier, trust.keys, mirrors)
    await this.#watch()
  }

  /** The bundles of all languages; null where one is not there or not genuine, whatever is wrong with it. */
  async #read(
    url: string,
    { languages }: PlainInterest,
    { verifier, keys }: Trust,
    came: (bytes: number) => void,
    ended: AbortSignal,
  ): Promise<readonly Read[] | null> {
    const { world } = this.#deps
    const read = async (language: string): Promise<Read | null> => {
      const address = new URL(`bundles/${encodeURIComponent(language)}.json`, baseOf(url)).href
      const bytes = await askMirror(world, address, { came }, ended)
      if (bytes === null) return null
      const { faults, statement, entries, keys: followed } = await verifyBundle(verifier, bytes, keys)
      if (faults.length > 0 || statement === null || followed === null || statement.language !== language) return null
      const { mirrors } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly mirrors: unknown }
      return { statement, entries, mirrors, keys: followed }
    }
    const bundles = await Promise.all(languages === '*' ? [] : languages.map(read))
    const all = bundles.filter((it) => it !== null)
    return all.length > 0 && all.length === bundles.length ? all : null
  }

  /** Gives on what is new. */
  async #take(url: string, interest: PlainInterest, bundles: readonly Read[]): Promise<void> {
    const { world, pin } = this.#deps
    const listening = this.#listening
    const away = this.#away
    const given = await listening?.inTurn((seen) => {
      if (away === undefined || away !== this.#away) return null
      const at = this.#at ?? this.#atBefore(bundles, seen.rival)
      const news = newsIn(bundles, interest, { ...seen, at, sinceMs: this.#sinceMs }, world.now())
      if (news !== null) this.#give(listening, url, news)
      if (news !== null && news.entries.length > 0) {
        if (this.#isSoon) this.#quietSince = world.now()
        else this.#beSoon(roundMs(world), away.signal)
      }
      return news
    })
    if (given === null || given === undefined) return
    void this.#keep()
    for (const { keys, mirrors } of bundles) {
      await pin.follow(keys)
      await this.#offer(mirrors)
    }
  }

  /** When something was seen the last time that these bundles may be compared with: not where they are of the other log. */
  #atBefore(bundles: readonly Read[], rival: string | undefined): string | undefined {
    const isOfRival = rival !== undefined && epochOf(rival) === bundles[0]?.statement.epoch
    return isOfRival ? undefined : this.#other?.at
  }

  #give(listening: OrderedListening, url: string, { at, cursor, entries, gap }: News): void {
    const via: Via = { mirror: new URL(url).hostname, at }
    const isNewer = this.#via === undefined || Date.parse(at) > Date.parse(this.#via.at)
    // A mirror that has nothing new and is older than another one that was read says nothing.
    if (!isNewer && entries.length === 0) return
    const replayed = !this.#wasRead
    this.#wasRead = true
    this.#via = via
    this.#newest(at)
    listening.say(via, this.#origin)
    const give = (entry: GenuineEntry) => {
      // Checked as far as it is read here; all of it is what the newsroom has signed.
      const alert = entry.alert as unknown as Rendered
      listening.give({ ...entry, alert, replayed, via })
    }
    const end = gap === null ? 0 : seqOf(gap.head)
    const isBefore = ({ seq }: GenuineEntry) => gap?.reason === 'cursor-too-old' && seq <= end
    for (const entry of entries.filter(isBefore)) give(entry)
    if (gap !== null) listening.tellGap({ ...gap, snapshot: snapshotAddress(this.#deps.base, listening.interest) })
    for (const entry of entries.filter((it) => !isBefore(it))) give(entry)
    listening.pass(cursor)
  }
}
