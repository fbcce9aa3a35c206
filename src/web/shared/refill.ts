import { isOfLevelAndTopics } from '../../client/wanted-alerts.ts'
import type { Level, Rendered } from '../../domain/alert-types.ts'
import { epochOf, seqOf } from '../../protocol/cursor.ts'

/** The current alerts, as `GET /v1/alerts` gives them. */
export type CurrentAlerts = {
  readonly head: string
  readonly entries: readonly { readonly seq: number; readonly alert: Rendered }[]
}

type Choice = { readonly languages: readonly string[]; readonly topics: readonly string[]; readonly level: Level }
/** What the stream has sent. */
export type Received = { readonly cursor: string; readonly alert: Rendered }

type Ways = {
  readonly read: (choice: Choice) => Promise<CurrentAlerts>
  /** What the stream has sent, in the order of arrival: more may come at any time. */
  readonly received: readonly Received[]
  /** The cursor of the stream: a response with an older head is out of date. */
  readonly cursor: () => string | undefined
  /** Shows these alerts, newest first, in the place of all. */
  readonly show: (alerts: readonly Rendered[]) => void
  /** The list could not be filled, so that something may be missing. */
  readonly fail: () => void
  readonly wait?: (ms: number) => Promise<void>
}

const attemptsMax = 4
/** Longer than the second for which caches may store the response. */
const againMs = 1_500

/**
 * Loads the list again while the stream continues. A response may be older than what the stream has sent, so received
 * alerts replace those of the response: a retracted alert must not be shown as valid again. Only the last call counts.
 */
export class Refill {
  readonly #ways: Ways
  #fillings = 0

  constructor(ways: Ways) {
    this.#ways = ways
  }

  /** Loads the current alerts, and shows them unless a later call has begun meanwhile. */
  async begin(choice: Choice): Promise<void> {
    this.#fillings += 1
    const filling = this.#fillings
    const standing = await this.#upToDate(choice, () => filling === this.#fillings)
    if (filling !== this.#fillings) return
    if (standing === null) this.#ways.fail()
    else this.#ways.show(this.#over(standing, choice))
  }

  /** An answer that is not behind the stream; null when none comes, or when a later filling has begun. */
  async #upToDate(choice: Choice, isLast: () => boolean): Promise<CurrentAlerts | null> {
    const { read, cursor, wait = pause } = this.#ways
    for (let attempt = 1; isLast(); attempt += 1) {
      const position = cursor()
      const standing = await read(choice).catch(() => null)
      if (standing !== null && !isBehind(standing.head, position)) return standing
      if (standing === null || attempt === attemptsMax) return null
      await wait(againMs)
    }
    return null
  }

  /**
   * What the stream sent, put over a response: the higher version of an alert, and what came after the answer was made.
   */
  #over({ head, entries }: CurrentAlerts, choice: Choice): readonly Rendered[] {
    const received = newestReceived(this.#ways.received, epochOf(head))
    const answered = newestOfEach(entries)
    const ids = new Set(answered.map(({ id }) => id))
    const later = [...received.values()]
      .filter(({ cursor, alert }) => !ids.has(alert.id) && seqOf(cursor) > seqOf(head) && fits(choice, alert))
      .sort((a, b) => seqOf(b.cursor) - seqOf(a.cursor))
    const newest = (alert: Rendered) => {
      const known = received.get(alert.id)?.alert
      return known !== undefined && known.version > alert.version ? known : alert
    }
    return [...later.map(({ alert }) => alert), ...answered.map(newest)]
  }
}

/** Whether an answer was made before this position of the stream, or of another log. */
function isBehind(head: string, position: string | undefined): boolean {
  return position !== undefined && (epochOf(head) !== epochOf(position) || seqOf(head) < seqOf(position))
}

/** The newest of each alert in a log, by its id. */
function newestReceived(all: readonly Received[], epoch: string): ReadonlyMap<string, Received> {
  const newest = new Map<string, Received>()
  for (const one of all) {
    const known = newest.get(one.alert.id)
    const isNewest = known === undefined || known.alert.version < one.alert.version
    if (epochOf(one.cursor) === epoch && isNewest) newest.set(one.alert.id, one)
  }
  return newest
}

function newestOfEach(entries: CurrentAlerts['entries']): readonly Rendered[] {
  const newestFirst = [...entries].sort((a, b) => b.seq - a.seq).map(({ alert }) => alert)
  return newestFirst.filter(({ id }, at) => newestFirst.findIndex((other) => other.id === id) === at)
}

/** Whether an alert that was received for another choice matches this one too, as far as its one language shows. */
export function fits(choice: Choice, alert: Rendered): boolean {
  return choice.languages.includes(alert.language) && isOfLevelAndTopics(choice, alert)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
