/**
 * What a person should look at. `gone`: so many looked gone that nobody is deleted; `key`: a service does not take our
 * tokens; `ours`: a service finds our requests wrong; `throttled`, `down`: a service is left to rest; `failed`: an alert's
 * pushes reached nobody, or hardly anybody; `clock`: a service's clock and ours differ; `secret`: the secret is the wrong
 * one, so that nothing is pushed; `unreadable`: stored addresses do not open; `storage`:
 * nothing can be stored; `ahead`: the newest entry of the log is dated ahead of our clock.
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
] as const
export type AlarmKind = (typeof alarmKinds)[number]

/** An alarm as the desk sees it: `host` is the push service's, `at` when it was last raised. */
export type Alarm = { readonly kind: AlarmKind; readonly host?: string; readonly detail: string; readonly at: string }

/** Trouble that is an alarm: reported like any other, and kept for the desk. */
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

/** The alarms of several that share the work, as one shows them: one for each service and reason, newest first. */
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
const toldEveryMs = 60 * 60_000

type Raised = { readonly alarm: Alarm; readonly raisedMs: number; readonly toldMs: number }

/** The alarms of the last 24 hours, in memory: one for each service and reason, whichever thread raised it. */
export class Alarms {
  readonly #now: () => number
  readonly #raised = new Map<string, Raised>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Keeps an alarm. Gives whether it should be told: not when it was within the hour. */
  raise({ kind, host, detail }: Pick<PushAlarm, 'kind' | 'host' | 'detail'>): boolean {
    const nowMs = this.#now()
    this.#heed(nowMs)
    const name = JSON.stringify([kind, host, detail])
    const toldMs = this.#raised.get(name)?.toldMs ?? Number.NEGATIVE_INFINITY
    const agoMs = nowMs - toldMs
    const tell = agoMs < 0 || agoMs >= toldEveryMs
    const alarm = { kind, ...(host === null ? {} : { host }), detail, at: new Date(nowMs).toISOString() }
    // Taken out first, so that the map stays in the order of the last raising.
    this.#raised.delete(name)
    this.#raised.set(name, { alarm, raisedMs: nowMs, toldMs: tell ? nowMs : toldMs })
    const [oldest] = this.#raised.keys()
    if (this.#raised.size > alarmsMax && oldest !== undefined) this.#raised.delete(oldest)
    return tell
  }

  /** The trouble of this kind is over: its alarms are no more to be seen, and are told at once when it comes again. */
  end(kind: AlarmKind): void {
    for (const [name, { alarm }] of this.#raised) if (alarm.kind === kind) this.#raised.delete(name)
  }

  /** A reporter that keeps the alarms among what it is told, and passes on what should be told. */
  raising(report: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void {
    return (error, doing) => {
      if (!(error instanceof PushAlarm) || this.raise(error)) report(error, doing)
    }
  }

  /** What was raised under a clock that was ahead counts from now on, or it would be kept for as much longer. */
  #heed(nowMs: number): void {
    for (const [name, { alarm, raisedMs, toldMs }] of this.#raised)
      if (raisedMs > nowMs)
        this.#raised.set(name, { alarm: { ...alarm, at: new Date(nowMs).toISOString() }, raisedMs: nowMs, toldMs })
  }

  /** Newest first. */
  list(): readonly Alarm[] {
    const nowMs = this.#now()
    this.#heed(nowMs)
    const sinceMs = nowMs - keptMs
    return [...this.#raised.values()]
      .filter(({ raisedMs }) => raisedMs > sinceMs)
      .map(({ alarm }) => alarm)
      .reverse()
  }
}
