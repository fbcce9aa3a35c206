import type { Item } from '../../../../src/desk/items/item.ts'
import { Problem } from '../../../../src/domain/problem.ts'
import { type DeskRig, newKey, roleOf, texts } from '../items-rig.ts'
import { ExpectedLocks } from './expected-locks.ts'
import { must, mustEqual } from './failure.ts'
import { type Actor, type Attempt, missedSeconds, newsrooms, type RulesName, type Step } from './schedule.ts'

/** An act that was answered. The item's version says in which order they happened. `sent`: the hash that was approved. */
export type Answered = {
  readonly act: string
  readonly who: string
  readonly item: Item
  readonly ms: number
  readonly rules: RulesName
  readonly sent?: string
}

/** When the item left, under which rules, and whose keys had ended by then. */
export type Leaving = { readonly ms: number; readonly rules: RulesName; readonly ended: ReadonlySet<string> }

type Asked = { readonly attempt: Attempt; readonly who: string; readonly send: (desk: DeskRig) => Promise<Item | null> }
type Presenting = { readonly act: 'look' | 'renew' | 'leave' | 'unlock'; readonly who: Actor }
type Acting = Exclude<Attempt, Presenting | { act: 'release' }>

const isPresence = (it: Attempt): it is Presenting =>
  it.act === 'look' || it.act === 'renew' || it.act === 'leave' || it.act === 'unlock'
const waiting: readonly Item['state'][] = ['awaiting-approval', 'held', 'scheduled', 'missed', 'refused']

/** One schedule on one item: what it does, and what is seen of it from step to step. */
export class ScheduleRun {
  desk: DeskRig
  readonly id: string
  readonly answered: Answered[] = []
  leaving: Leaving | null = null
  #rules: RulesName = 'usual'
  readonly #guest: string
  readonly #guestRole: string
  readonly #ended = new Set<string>()
  readonly #locks = new ExpectedLocks()
  #seen: Item
  #last: { readonly asked: Asked; readonly item: Item } | null = null

  constructor(desk: DeskRig, created: Item, guest: { readonly id: string; readonly role: string }) {
    this.desk = desk
    this.id = created.id
    this.#seen = created
    this.#guest = guest.id
    this.#guestRole = guest.role
    this.answered.push({ act: 'create', who: 'wil', item: created, ms: desk.clock.ms, rules: this.#rules })
  }

  roleOf(who: string): string {
    return who === this.#guest ? this.#guestRole : roleOf(who)
  }

  async step(step: Step): Promise<void> {
    switch (step.step) {
      case 'clock':
        this.desk.clock.ms += step.ms
        return
      case 'its time':
        if (this.#seen.releaseAt !== null) this.desk.clock.ms = Date.parse(this.#seen.releaseAt) + step.ms
        return
      case 'start':
        this.#rules = step.rules
        this.desk = await this.desk.reopened(newsrooms[step.rules])
        break
      case 'end of a key':
        await this.desk.editors.revoke(this.#guest, this.desk.at())
        this.#ended.add(this.#guest)
        break
      case 'again':
        await this.#again()
        break
      case 'one':
        await this.#alone(step.attempt)
        break
      case 'at once':
        await this.#together(step.attempts)
        break
      case 'crash':
        await this.#crash(step.point, step.attempts)
        break
    }
    await this.#look()
  }

  /** How the item stands now, after a step in which the clock stood still. */
  async #look(): Promise<void> {
    const item = await this.desk.store.read(this.id)
    if (item === null) throw new Error('the item is gone')
    must(item.version >= this.#seen.version, 'a version went back')
    if (this.#seen.state === 'published') mustEqual(item, this.#seen, 'what is published stays as it is')
    else if (item.state === 'published')
      this.leaving = { ms: this.desk.clock.ms, rules: this.#rules, ended: new Set(this.#ended) }
    this.#seen = item
  }

  /** Nobody else acts meanwhile, so that it is known what must come of it. */
  async #alone(attempt: Attempt): Promise<void> {
    const before = this.#seen
    const { ms } = this.desk.clock
    const asked = this.#asked(attempt)
    const lock = this.#locks.against(asked.who, this.#ended, ms)
    const isLive = !this.#ended.has(asked.who)
    const count = this.answered.length
    const refusal = await this.#tried(asked)
    const isAnswered = this.answered.length > count
    if (attempt.act === 'release') return this.#releasedAlone(before)
    const isLocked = lock !== undefined && before.state === 'awaiting-approval'
    const isChanging = attempt.act === 'save' || attempt.act === 'publish'
    if (isLocked && isChanging) must(!isAnswered, `${attempt.act} although ${lock} reads it`)
    if (!isLocked) must(refusal !== 'item-locked', `${attempt.act} is refused although nobody reads it`)
    if (attempt.act === 'cancel' && isLive && waiting.includes(before.state))
      must(isAnswered, `what is ${before.state} cannot be cancelled: ${refusal}`)
    if (attempt.act === 'save' && attempt.isStale && isAnswered && before.version > 1)
      mustEqual((await this.desk.store.read(this.id))?.hash, before.hash, 'written over unseen')
  }

  /** Before its time nothing leaves; at its time, what nothing has changed does. */
  async #releasedAlone(before: Item): Promise<void> {
    const item = await this.desk.store.read(this.id)
    const isWaiting = before.state === 'held' || before.state === 'scheduled'
    const dueMs = before.releaseAt === null ? Number.POSITIVE_INFINITY : Date.parse(before.releaseAt)
    const { ms } = this.desk.clock
    if (!isWaiting || ms < dueMs) return mustEqual(item, before, 'a release before its time')
    const going = this.answered.find((it) => it.item.version === before.version)
    if (ms < dueMs + missedSeconds * 1_000 && this.#ended.size === 0 && going?.rules === this.#rules)
      must(item?.state === 'published', `its time has come, and it is ${item?.state}`)
  }

  async #together(attempts: readonly Attempt[]): Promise<void> {
    await Promise.all((await this.#actsOf(attempts)).map((it) => this.#tried(this.#asked(it))))
  }

  /** The store ends in the midst of it. Whoever got no answer asks again, with the same key, when it is there again. */
  async #crash(point: number, attempts: readonly Attempt[]): Promise<void> {
    const acts = await this.#actsOf(attempts)
    // Of a save that another act follows, nobody could say afterwards whether it was stored.
    const save = acts.find(({ act }) => act === 'save')
    const asked = (save === undefined ? acts : [save]).map((it) => this.#asked(it))
    this.desk.crashAt(point)
    const lost = await Promise.all(asked.map(async (it) => ((await this.#tried(it, true)) === 'lost' ? [it] : [])))
    this.desk = await this.desk.reopened()
    for (const it of lost.flat()) await this.#tried(it)
  }

  /** Those attempts of several that are acts on the item; who opens or leaves it does so before. */
  async #actsOf(attempts: readonly Attempt[]): Promise<readonly Attempt[]> {
    for (const it of attempts.filter(isPresence)) await this.#alone(it)
    if (attempts.some(isPresence)) await this.#look()
    return attempts.filter((it) => !isPresence(it))
  }

  async #again(): Promise<void> {
    if (this.#last === null) return
    const { asked, item } = this.#last
    mustEqual(await asked.send(this.desk), item, `the same key again: ${asked.attempt.act}`)
  }

  /** The code of the refusal; `lost`: there was no answer. Null: it was answered. */
  async #tried(asked: Asked, mayBeLost = false): Promise<string | null> {
    const { attempt, who } = asked
    const { ms } = this.desk.clock
    try {
      const item = await asked.send(this.desk)
      if (item === null) return null
      const sent = attempt.act === 'approve' ? { sent: this.#hashFor(attempt, item) } : {}
      this.answered.push({ act: attempt.act, who, item, ms, rules: this.#rules, ...sent })
      if (attempt.act !== 'save') this.#last = { asked, item }
      return null
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return error.code
      if (mayBeLost) return 'lost'
      throw error
    }
  }

  #sentHash = new WeakMap<Attempt, string>()
  #hashFor(attempt: Attempt, { hash }: Item): string {
    return this.#sentHash.get(attempt) ?? hash
  }

  /** What is sent, however often. It is made on how the item stands now. */
  #asked(attempt: Attempt): Asked {
    if (attempt.act === 'release') return { attempt, who: '', send: (desk) => desk.items.release().then(() => null) }
    const who = attempt.who === 'guest' ? this.#guest : attempt.who
    if (isPresence(attempt)) return { attempt, who, send: () => this.#present(attempt, who) }
    return { attempt, who, send: this.#acting(attempt, who) }
  }

  #acting(attempt: Acting, who: string): Asked['send'] {
    const { id } = this
    const { version, hash } = this.#seen
    if (attempt.act === 'save') {
      const headline = texts(`Text ${attempt.text}`)
      const body = {
        level: attempt.level,
        texts: attempt.isInPersian ? { ...headline, fa: { headline: 'متن', summary: '' } } : headline,
        ...(attempt.inSeconds === null ? {} : { publishAt: this.desk.at(attempt.inSeconds) }),
        version: attempt.isStale ? 1 : version,
      }
      return (desk) => desk.items.save(id, body, desk.by(who))
    }
    const sent = attempt.act === 'approve' && attempt.isStale ? (this.answered[0]?.item.hash ?? hash) : hash
    if (attempt.act === 'approve') this.#sentHash.set(attempt, sent)
    const act =
      attempt.act === 'approve'
        ? ({ act: 'approve', hash: sent } as const)
        : attempt.act === 'override'
          ? ({ act: 'publish', version, overrideReason: 'It must go.' } as const)
          : attempt.act === 'cancel'
            ? ({ act: 'cancel' } as const)
            : ({ act: attempt.act, version } as const)
    const key = newKey()
    return async (desk) => {
      const { item } = await desk.act(id, act, who, key)
      if (item === null) throw new Error('nothing is deleted here')
      return item
    }
  }

  async #present({ act }: Presenting, who: string): Promise<null> {
    const { desk, id } = this
    const { presence } = desk.store
    if (act === 'leave') {
      await presence.leave(id, desk.by(who))
      this.#locks.left(who)
    } else if (act === 'unlock') {
      await presence.unlock(id, desk.by(who, 'admin'))
      this.#locks.unlocked(who, this.#ended, desk.clock.ms)
    } else {
      const renewal = act === 'renew'
      await presence.enter({ itemId: id, by: desk.by(who), doing: 'approving', renewal, at: desk.at() })
      this.#locks.entered(who, renewal, this.#seen, this.roleOf(who), desk.clock.ms)
    }
    return null
  }
}
