import type { Authority } from '../auth/editor.ts'
import { type Draft, parseDraft, parseRevision, type Revision } from '../domain/alert.ts'
import type { Kind } from '../domain/alert-types.ts'
import { applyChange, type Change, type Expected } from '../domain/change.ts'
import { languageOf, type Newsroom } from '../domain/newsroom.ts'
import { parseInstant } from '../domain/parsing/instant.ts'
import { invalid, type Mistake, Problem, parseAll } from '../domain/problem.ts'
import { escapeWarnings, scriptOf, textWarnings } from '../domain/text.ts'
import { missingNoteWarnings } from '../log/language-status.ts'
import { type AlertLog, type Entry, newestTime } from '../log/log.ts'
import { isLostRace, isNothingNew } from './alert-races.ts'
import { type AlertChanged, readChangedSince } from './difference.ts'
import { type PlannedTime, plannedTime, refusePlannedExpiry } from './items/planned-time.ts'
import { publishingNames } from './items/publishing-fields.ts'
import { type PauseStore, pauseWarnings } from './pause.ts'
import { removalWarnings } from './removal-warnings.ts'

type Deps = {
  readonly log: Pick<AlertLog, 'append' | 'latest' | 'history' | 'bounds' | 'after'>
  readonly newsroom: Newsroom
  readonly pauses: Pick<PauseStore, 'current'>
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
}

/** Which alert is revised, and how. `expected`: the versions in `If-Match`. */
export type RevisionTarget = {
  readonly kind: Exclude<Kind, 'alert'>
  readonly id: string
  readonly expected?: Expected
}

/** Result of a dry run: the alert as it would stand, and warnings. */
export type DryRunResult = Pick<Entry, 'kind' | 'alert'> & { readonly warnings: readonly Mistake[] }

/** The desk: turns editors' requests into changes in the log. It sends nothing; readers get alerts from the log. */
export class Desk {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Publishes an alert. Throws a Problem and publishes nothing when the input or the key is wrong, or while paused. */
  async publish(input: unknown, key: string, by: Authority): Promise<Entry> {
    return this.#append(this.#publication(input, by.editorId, key), key, by)
  }

  /**
   * Updates, corrects or retracts an alert; retractions pass also while paused. `expected`: the versions that it may be
   * applied to, beside what the input itself says. Throws a Problem (409 `alert-changed`, `alert-retracted`) that says what changed.
   */
  async revise(target: RevisionTarget, input: unknown, key: string, by: Authority): Promise<Entry> {
    const latest = await this.#deps.log.latest(target.id)
    return this.#append(this.#revision(target, input, by.editorId, latest, key), key, by)
  }

  /**
   * Dry run of publishing or revising, with the same checks. Nothing is stored, so that a pause is only a warning. `planned`:
   * when it would go out, where that is not now.
   */
  async dryRun(target: RevisionTarget | null, input: unknown, planned?: PlannedTime): Promise<DryRunResult> {
    const latest = target === null ? null : await this.#deps.log.latest(target.id)
    const made = target === null ? this.#publication(input, '') : this.#revision(target, input, '', latest)
    const { expiresAt } = made.kind === 'alert' ? made.draft : made.revision
    if (planned !== undefined) refusePlannedExpiry(made.kind, expiresAt, planned, made.at)
    const change = planned === undefined ? made : { ...made, at: planned.at }
    const newestAt = await newestTime(this.#deps.log)
    const alert = await this.#explaining(change, () => applyChange(change, latest?.alert ?? null, newestAt))
    const entry = { kind: change.kind, alert }
    const pause = await this.#deps.pauses.current()
    return { ...entry, warnings: [...pauseWarnings(pause, entry), ...this.warnings(entry, input)] }
  }

  /** Warnings about an alert as it stands after a change, and about the request (`input`). */
  warnings({ kind, alert }: Pick<Entry, 'kind' | 'alert'>, input: unknown): readonly Mistake[] {
    const { texts, note = {} } = alert
    return [
      ...removalWarnings(input),
      ...missingNoteWarnings({ kind, alert }, input),
      ...Object.entries(texts).flatMap(([tag, text]) =>
        textWarnings(tag, text, languageOf(this.#deps.newsroom, tag)?.script ?? scriptOf(tag)),
      ),
      ...Object.entries(note).flatMap(([tag, words]) => escapeWarnings(`/note/${tag}`, 'note', words)),
    ]
  }

  /** `key`: its mistakes are named together with those of the input; a dry run has no key. */
  #publication(input: unknown, by: string, key?: string): Change {
    const made = this.#made(by)
    const draft = this.parsedDraft(input, { key })
    return { kind: 'alert', id: this.#deps.newId(), draft, ...made }
  }

  /** `latest`: the alert as it stands. Its languages and topics never become fewer, so that an older one would do. */
  #revision(target: RevisionTarget, input: unknown, by: string, latest: Entry | null, key?: string): Change {
    const { kind, id, expected } = target
    const made = this.#made(by)
    const revision = this.parsedRevision(target, input, latest, { key })
    if (revision.version !== undefined && expected !== undefined && !expected.includes(revision.version))
      throw invalid(kind, [
        {
          pointer: '/version',
          code: 'other-version',
          detail: `It says version ${revision.version}, and If-Match says ${expected.join(', ')}. Send one of the two.`,
        },
      ])
    return { kind, id, revision, expected, ...made }
  }

  /** Parses a new alert. Throws a Problem with every mistake, those of what else the request has included. */
  parsedDraft(input: unknown, others: Others): Draft {
    return withItsExpiry(input, others, this.#at(), () =>
      among(others, () => parseDraft(input, this.#deps.newsroom, publishingNames)),
    )
  }

  /** Parses a revision in the same way. `latest`: the alert as it stands. */
  parsedRevision({ kind }: RevisionTarget, input: unknown, latest: Entry | null, others: Others): Revision {
    const { newsroom } = this.#deps
    const parsing = () => parseRevision(kind, input, newsroom, latest?.alert, publishingNames)
    return withItsExpiry(input, others, this.#at(), () => among(others, parsing))
  }

  #at(): string {
    return new Date(this.#deps.now()).toISOString()
  }

  #made(by: string): Pick<Change, 'at' | 'by' | 'expirySeconds'> {
    return {
      at: this.#at(),
      by,
      expirySeconds: this.#deps.newsroom.expirySeconds,
    }
  }

  async #append(change: Change, key: string, by: Authority): Promise<Entry> {
    return this.#explaining(change, () => this.#deps.log.append(change, key, by))
  }

  async #explaining<Result>(change: Change, act: () => Result | Promise<Result>): Promise<Result> {
    if (change.kind === 'alert') return act()
    const version = change.revision.version ?? Math.max(...(change.expected ?? [0]))
    return this.explaining({ id: change.id, version, by: change.by }, act)
  }

  /**
   * Runs `act`. Adds to a refusal `alert-changed` or `alert-retracted` what has changed since the version that the editor saw; without one,
   * everything after the first. A change that says nothing new, by an editor who named no version, is refused as
   * `alert-changed` where somebody else has changed the alert last. `by`: the editor; '' in a dry run.
   */
  async explaining<Result>(
    { id, version = 0, by = '' }: { readonly id: string; readonly version?: number | undefined; readonly by?: string },
    act: () => Result | Promise<Result>,
  ): Promise<Result> {
    try {
      return await act()
    } catch (error) {
      const isOvertaken = isNothingNew(error) && !(version >= 1) && by !== ''
      if (isOvertaken) throw saidBefore(error, await readChangedSince(this.#deps.log, id, 0), by)
      if (!isLostRace(error)) throw error
      const changed = await readChangedSince(this.#deps.log, id, version)
      throw new Problem(error.status, error.code, error.message, { extensions: changed ?? error.extensions })
    }
  }
}

/** The refusal of what says nothing new: 409 `alert-changed` where somebody else has changed the alert last. */
function saidBefore(error: Problem, changed: AlertChanged | null, by: string): Problem {
  const last = changed?.changes.at(-1)
  if (changed === null || last === undefined || last.by === by) return error
  const { version } = changed
  const detail = `Version ${version} of the alert, of ${last.at}, says already all that you sent. Nothing was published. Read what changed; if something is still to be said, send it on version ${version}.`
  return new Problem(409, 'alert-changed', detail, { extensions: changed })
}

/**
 * What a request has besides an alert: its idempotency key (absent in a dry run), a part with a parser of its own, and when
 * it is to go out.
 */
type Others = { readonly key: string | undefined; readonly part?: () => unknown; readonly planned?: PlannedTime }

/** Parses a request with what it has besides. The mistakes of all are in one Problem. */
function among<Parsed>({ key, part = () => {} }: Others, parsing: () => Parsed): Parsed {
  return key === undefined
    ? parsing()
    : parseAll('alert', { alert: parsing, part, 'Idempotency-Key': () => refuseKeyless(key) }).alert
}

/** Throws a Problem (400) for an idempotency key that cannot be one. */
export function refuseKeyless(key: string): void {
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return
  throw new Problem(
    400,
    'idempotency-key-missing',
    'An Idempotency-Key header of 1 to 200 visible ASCII characters is wanted: one for each intention, the same again when you retry.',
  )
}

/**
 * Parses a request. If it is refused, a wrong expiry is named in the same Problem. An expiry that is the only mistake is
 * refused later, when the change is made: a repeated request must get its first response although its expiry has passed.
 */
function withItsExpiry<Parsed>(input: unknown, { planned }: Others, now: string, parsing: () => Parsed): Parsed {
  try {
    return parsing()
  } catch (error) {
    const { expiresAt } = Object(input)
    const timeMs = typeof expiresAt === 'string' ? parseInstant(expiresAt) : null
    const time = planned ?? plannedTime({}, now)
    const expiry = () => timeMs !== null && refusePlannedExpiry('alert', new Date(timeMs).toISOString(), time, now)
    const refused = (): never => {
      throw error
    }
    parseAll('alert', { alert: refused, expiresAt: expiry })
    throw error
  }
}
