/**
 * Kinds of alarms. `gone`: so many subscriptions look gone that none is deleted; `key`: a service refuses our tokens;
 * `ours`: a service finds our requests invalid; `throttled`, `down`: requests to a service are paused; `failed`: an
 * alert's pushes reached nobody, or hardly anybody; `clock`: our clock differs from a service's; `secret`: the secret
 * is the wrong one, so nothing is pushed; `unreadable`: stored addresses cannot be decrypted; `storage`: nothing can be
 * stored; `ahead`: the newest entry of the log is dated ahead of our clock; `newsroom`: processes that share the database
 * have different newsroom files; `webhook`: a webhook was not told of something, and is not tried again; `export`: the
 * folder of `EXPORT_DIR` cannot be written.
 */
export const alarmKinds = [
  'gone',
  'key',
  'ours',
  'throttled',
  'down',
  'failed',
  'clock',
  'secret',
  'unreadable',
  'storage',
  'ahead',
  'newsroom',
  'webhook',
  'export',
] as const
export type AlarmKind = (typeof alarmKinds)[number]

/** An alarm as the desk shows it. `host` is the push service's; `at` is when it was last raised. */
export type Alarm = { readonly kind: AlarmKind; readonly host?: string; readonly detail: string; readonly at: string }

/** An error that is an alarm: it is reported like other errors, and kept for the desk. */
export class PushAlarm extends Error {
  readonly kind: AlarmKind
  readonly host: string | null
  readonly detail: string

  constructor(kind: AlarmKind, host: string | null, detail: string) {
    super(host === null ? detail : `${host}: ${detail}`)
    this.kind = kind
    this.host = host
    this.detail = detail
  }
}

const alarmsMax = 100

/** Joins the alarms of several processes or objects: one for each service and reason, newest first. */
export function joinedAlarms(alarms: readonly Alarm[]): readonly Alarm[] {
  const newest = [...alarms].sort((a, b) => b.at.localeCompare(a.at))
  const seen = new Set<string>()
  const first = newest.filter(({ kind, host, detail }) => {
    const name = JSON.stringify([kind, host, detail])
    return !seen.has(name) && seen.add(name)
  })
  return first.slice(0, alarmsMax)
}

const keptMs = 24 * 60 * 60_000
const logEveryMs = 60 * 60_000

type Raised = { readonly alarm: Alarm; readonly raisedMs: number; readonly loggedMs: number }

/** The alarms of the last 24 hours, in memory: one for each service and reason, whichever thread raised it. */
export class Alarms {
  readonly #now: () => number
  readonly #raised = new Map<string, Raised>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Keeps an alarm. Gives whether it should be logged: not when it was logged within the hour. */
  raise({ kind, host, detail }: Pick<PushAlarm, 'kind' | 'host' | 'detail'>): boolean {
    const nowMs = this.#now()
    this.#clampToNow(nowMs)
    const name = JSON.stringify([kind, host, detail])
    const loggedMs = this.#raised.get(name)?.loggedMs ?? Number.NEGATIVE_INFINITY
    const agoMs = nowMs - loggedMs
    const shouldLog = agoMs < 0 || agoMs >= logEveryMs
    const alarm = { kind, ...(host === null ? {} : { host }), detail, at: new Date(nowMs).toISOString() }
    // Deleted first, so that the map stays in the order of the last raising.
    this.#raised.delete(name)
    this.#raised.set(name, { alarm, raisedMs: nowMs, loggedMs: shouldLog ? nowMs : loggedMs })
    const [oldest] = this.#raised.keys()
    if (this.#raised.size > alarmsMax && oldest !== undefined) this.#raised.delete(oldest)
    return shouldLog
  }

  /**
   * The problem is over: its alarms are no longer shown, and are logged at once when it occurs again. `detail`: only the alarm
   * with these words.
   */
  end(kind: AlarmKind, detail?: string): void {
    for (const [name, { alarm }] of this.#raised)
      if (alarm.kind === kind && (detail === undefined || alarm.detail === detail)) this.#raised.delete(name)
  }

  /** A `report` that keeps alarms, and passes on what should be logged. */
  raising(report: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void {
    return (error, doing) => {
      if (!(error instanceof PushAlarm) || this.raise(error)) report(error, doing)
    }
  }

  /**
   * Moves times in the future, from before the clock was set back, to now. Otherwise their alarms would be kept for that
   * much longer.
   */
  #clampToNow(nowMs: number): void {
    for (const [name, { alarm, raisedMs, loggedMs }] of this.#raised)
      if (raisedMs > nowMs)
        this.#raised.set(name, { alarm: { ...alarm, at: new Date(nowMs).toISOString() }, raisedMs: nowMs, loggedMs })
  }

  /** The alarms, newest first. */
  list(): readonly Alarm[] {
    const nowMs = this.#now()
    this.#clampToNow(nowMs)
    const sinceMs = nowMs - keptMs
    return [...this.#raised.values()]
      .filter(({ raisedMs }) => raisedMs > sinceMs)
      .map(({ alarm }) => alarm)
      .reverse()
  }
}
