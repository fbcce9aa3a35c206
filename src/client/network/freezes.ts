import type { FreezeStorage, ListenOptions } from '../listen-options.ts'
import type { World } from '../platform.ts'

// Some networks let 15 to 20 kB of each connection through, TLS included, and then stop it without a word, while a new
// connection works at once. A connection that ends in order before that many bytes lives there.

/** What to ask of the service for a connection: bytes after which it says goodbye, and seconds between heartbeats. */
export type Asked = { readonly budget?: number; readonly heartbeat?: number | undefined }

/** What the platform shows of the bytes that such a network lets through: TLS, headers and half a message are not seen. */
const freezeBytesMin = 6_500
const freezeBytesMax = 24_000
/**
 * So soon after it was begun the connection after the second freeze has brought something. After the first it may take as long as
 * an opening may: where many readers are frozen by the same alert, all of them come back at once.
 */
const promptMsMax = 5_000
/** Two freezes within this time show the pattern; one alone is forgotten after it. */
const patternMsMax = 24 * 60 * 60_000
/** How long the pattern is remembered after the last freeze. */
const rememberedMs = 7 * 24 * 60 * 60_000
/** How long after it one freeze is still found in seconds. Then it is deleted from the storage too. */
const suspicionMsMax = 30 * 24 * 60 * 60_000
/** Times are stored in whole hours: what reads the device learns no more of when its reader was there. */
const storedMs = 60 * 60_000
/** The service keeps some of it for what it does not see itself, such as the TLS handshake. */
const budget = 12_000
/** Two of these without anything received are a freeze: `silentMsMax`. A service takes none that are more frequent. */
const heartbeat = 2
const storageName = 'tocsin.freezes'
/** The heartbeats that a service can be asked for, in seconds. */
const heartbeatMax = 60

/**
 * Finds out whether the network freezes connections, and says what to ask of the service: what the network needs, and heartbeats as
 * often as the app wants them. A freeze is a connection
 * that fell silent after 6,500 to 24,000 bytes, neither closed nor broken, on a device that was awake and did not go online
 * meanwhile, where the very next attempt brought something, the second time within five seconds. After one, heartbeats are
 * asked for that show the next in four seconds; after two within a day, a budget. A connection that has brought more proves
 * the opposite. A server's TLS record of up to 16 KB is not seen at all where it is cut, and a replay comes in such records.
 * So after one freeze, and after silence in a replay, a budget is asked for until all is caught up: else the connection that
 * has to show the freeze might show nothing, and the freeze would not count. After one freeze, silence in a replay without
 * a budget is the second.
 */
export class Freezes {
  readonly #option: number | 'auto' | false
  readonly #storage: FreezeStorage | undefined
  readonly #now: World['now']
  /** When the last two were, oldest first, in milliseconds since 1970. */
  #known: readonly number[]
  /** When there may have been one, which the next connection shows. */
  #suspected: number | undefined
  /** What the app wants, in seconds between two heartbeats. */
  wanted: number | undefined
  /** The heartbeats that the connection was asked for, in seconds. */
  asked: number | undefined
  /** What the network needs of the connection. */
  #needed: Asked = {}
  #bytes = 0
  #beganAt = 0
  #wasOffline = false
  #isRefused = false
  /** The connection before was silent before it was live: perhaps what it brought is behind the end of a TLS record. */
  #isTrial = false
  /** All that was missed before has come, so that the next connection begins without a long replay. */
  #isCaughtUp = false

  /** Throws a TypeError for heartbeats that no service can be asked for. */
  constructor(
    {
      budget: option = 'auto',
      storage,
      heartbeatSeconds,
    }: Pick<ListenOptions, 'budget' | 'storage' | 'heartbeatSeconds'>,
    now: World['now'],
  ) {
    this.want(heartbeatSeconds)
    this.#option = option
    this.#storage = storage
    this.#now = now
    this.#known = stored(storage)
    if (option !== 'auto') this.#forget()
  }

  /** The app wants such heartbeats. Returns whether the connection was asked for others. Throws as the constructor does. */
  want(seconds: number | undefined): boolean {
    if (seconds !== undefined && (!(seconds >= heartbeat && seconds <= heartbeatMax) || seconds % 1))
      throw new TypeError(`heartbeatSeconds: ${heartbeat} to ${heartbeatMax}`)
    this.wanted = seconds
    return this.#soonest !== this.asked
  }

  /** A connection begins. Returns what to ask for it. */
  begin(): Asked {
    this.#bytes = 0
    this.#beganAt = this.#now()
    this.#wasOffline = false
    const needed = this.#wanted()
    if (needed.heartbeat === undefined) this.#forget()
    this.#needed = this.#isRefused && this.#option === 'auto' ? {} : needed
    this.asked = this.#soonest
    return { ...this.#needed, heartbeat: this.asked }
  }

  /** The connection has brought so many bytes. */
  receive(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > freezeBytesMax) this.#forget()
  }

  /** The device is online again. */
  wake(): void {
    this.#wasOffline = true
    this.#suspected = undefined
  }

  /** The first message of the connection has come. */
  open(): void {
    const suspected = this.#suspected
    this.#suspected = undefined
    if (suspected === undefined) return
    if (this.#known.length === 0 || this.#now() - this.#beganAt <= promptMsMax) this.#remember(this.#with(suspected))
  }

  /** The connection could not be opened, or has ended so that entries may be missed before the next. */
  end(): void {
    this.#suspected = undefined
    this.#isCaughtUp = false
  }

  /**
   * The connection has fallen silent. Returns whether it may be frozen, so that the next one is begun at once. `isOnTime`: the
   * timer that found it was not late, as it is on a device that has slept. `isLive`: nothing was being replayed.
   */
  silent(isOnTime: boolean, isLive: boolean): boolean {
    this.#isTrial = isOnTime && !isLive && !this.#needed.budget
    this.#isCaughtUp = false
    const mayBeFrozen =
      this.#option !== false &&
      isOnTime &&
      !this.#wasOffline &&
      (this.#bytes >= freezeBytesMin || (this.#isTrial && this.isAsking)) &&
      this.#bytes <= freezeBytesMax
    this.#suspected = mayBeFrozen && this.#option === 'auto' ? this.#now() : undefined
    return mayBeFrozen
  }

  /** The service does not know what was asked. Returns whether anything was that is asked for no more from now on. */
  refuse(): boolean {
    // An app that asks for a budget itself is told of the refusal.
    const isNew = !this.#isRefused && (this.#option === 'auto' ? this.asked : this.wanted) !== undefined
    this.#isRefused = true
    return isNew
  }

  /** Whether the network needs something of the connection. */
  get isAsking(): boolean {
    return this.#needed.heartbeat !== undefined
  }

  /** All that was missed is here. Returns whether the connection was begun under a suspicion that is refuted since. */
  caughtUp(): boolean {
    this.#isTrial = false
    this.#isCaughtUp = true
    return this.isAsking && this.#option === 'auto' && this.#wanted().heartbeat === undefined
  }

  #wanted(): Asked {
    if (this.#option === false) return {}
    if (this.#option !== 'auto') return { budget: this.#option, heartbeat }
    if (this.#isTrial) return { budget, heartbeat }
    const [first, second] = this.#suspected === undefined ? this.#known : this.#with(this.#suspected)
    if (first === undefined) return {}
    // Without a sign: after a clock was set back it would be remembered for ever.
    const age = Math.abs(this.#now() - (second ?? first))
    const isPattern = second !== undefined && second - first <= patternMsMax
    if (isPattern && age <= rememberedMs) return { budget, heartbeat }
    if (age > (isPattern ? suspicionMsMax : patternMsMax)) return {}
    return this.#isCaughtUp ? { heartbeat } : { budget, heartbeat }
  }

  get #soonest(): number | undefined {
    // What the network needs is as frequent as can be.
    return this.#needed.heartbeat ?? (this.#isRefused ? undefined : this.wanted)
  }

  #with(freeze: number): readonly number[] {
    return [...this.#known.slice(-1), freeze]
  }

  #forget(): void {
    if (this.#known.length > 0) this.#remember([])
  }

  #remember(known: readonly number[]): void {
    this.#known = known
    try {
      const times = known.map((ms) => Math.floor(ms / storedMs) * storedMs)
      this.#storage?.setItem(storageName, JSON.stringify(times))
    } catch {
      // A full or closed storage: it is known until the page is left.
    }
  }
}

/** What an earlier visit has learnt; nothing where it is malformed or cannot be read. */
function stored(storage: FreezeStorage | undefined): readonly number[] {
  try {
    // What is no array throws.
    const kept: number[] = JSON.parse(storage?.getItem(storageName) ?? '[]')
    return kept.every(Number.isFinite) ? kept.slice(-2) : []
  } catch {
    return []
  }
}
