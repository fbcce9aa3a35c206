import type { Alert } from '../domain/alert-types.ts'
import { type Interest, interestKey, matches } from '../domain/interest.ts'
import { notifiedLanguage } from '../log/language-status.ts'
import type { Entry } from '../log/log.ts'
import type { Message } from '../protocol/message-schemas.ts'
import type { Encoding, Frame } from '../protocol/messages.ts'
import { Framed } from './frame-cache.ts'

/** Stands for no entry. Not null: code that V8 compiled before a group's first entry would be discarded by it. */
const undecided = new Framed({} as Entry)

/**
 * The subscribers who share one interest and one encoding. The frame that they are sent of an entry is chosen once for
 * all of them, and the last choice is kept: a fan-out to thousands looks nothing up.
 */
export class Group {
  readonly wire: Encoding
  readonly interest: Interest
  readonly key: string
  size = 0
  #decided: Framed = undecided
  #frame: Frame | null = null

  constructor(key: string, wire: Encoding, interest: Interest) {
    this.key = key
    this.wire = wire
    this.interest = interest
  }

  /** The frame that this group is sent of an entry; null: nothing. */
  frameOf(framed: Framed, message: (entry: Entry, language: string) => Message): Frame | null {
    if (this.#decided === framed) return this.#frame
    const language = notifiedLanguage(this.interest, framed.entry)
    this.#frame = language === null ? null : framed.frame(this.wire, language, message)
    this.#decided = framed
    return this.#frame
  }
}

/** The groups in use: one for each pair of interest and encoding. */
export class Groups {
  readonly #groups = new Map<string, Group>()
  /** Group keys by interest object. Equal requests share one interest object, so that its key is computed once. */
  readonly #keys = new WeakMap<Encoding, WeakMap<Interest, string>>()

  /** The group for an interest, with one subscriber more. */
  enter(wire: Encoding, interest: Interest): Group {
    const key = this.#keyOf(wire, interest)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new Group(key, wire, interest)
      this.#groups.set(key, group)
    }
    group.size += 1
    return group
  }

  #keyOf(wire: Encoding, interest: Interest): string {
    const ofWire = this.#keys.get(wire) ?? new WeakMap<Interest, string>()
    const known = ofWire.get(interest)
    if (known !== undefined) return known
    const key = `${wire.name}|${interestKey(interest)}`
    this.#keys.set(wire, ofWire.set(interest, key))
    return key
  }

  leave(group: Group): void {
    group.size -= 1
    if (group.size === 0) this.#groups.delete(group.key)
  }

  /** How many subscribers have each interest, without the desk's: the most frequent `max`. */
  countByInterest(max: number): readonly (readonly [Interest, number])[] {
    const counts = new Map<string, [Interest, number]>()
    for (const { interest, size } of this.#groups.values()) {
      if (interest.isDesk) continue
      const key = interestKey(interest)
      counts.set(key, [interest, (counts.get(key)?.[1] ?? 0) + size])
    }
    return [...counts.values()].sort(([, a], [, b]) => b - a).slice(0, max)
  }

  /** How many subscribers would be sent an alert, by language (`*`: those who take all). Connections of the desk are not counted. */
  countByLanguage(alert: Alert): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { interest, size } of this.#groups.values()) {
      const language = interest.isDesk ? null : matches(interest, alert)
      if (language !== null) counts.set(language, (counts.get(language) ?? 0) + size)
    }
    return counts
  }
}
