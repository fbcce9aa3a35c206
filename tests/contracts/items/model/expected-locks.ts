import type { Item } from '../../../../src/desk/items/item.ts'
import { isOwnItem } from '../../../../src/desk/items/item.ts'
import { presenceSeconds } from '../../../../src/desk/items/presence.ts'

type Present = { readonly doing: 'approving' | 'reading'; readonly untilMs: number }

/** Who should have the item locked, by what was said and answered so far. */
export class ExpectedLocks {
  readonly #present = new Map<string, Present>()

  /** Somebody opened it to approve it (`renewal`: said that it is open still), and was answered. */
  entered(who: string, renewal: boolean, item: Item, role: string, ms: number): void {
    for (const [id, { untilMs }] of this.#present) if (untilMs <= ms) this.#present.delete(id)
    const before = this.#present.get(who)
    const isBroken = renewal && before?.doing === 'reading'
    const mayApprove =
      item.state === 'awaiting-approval' &&
      role !== 'writer' &&
      !isOwnItem(item, who) &&
      !item.approvals.some(({ by }) => by.id === who)
    this.#present.set(who, {
      doing: mayApprove && !isBroken ? 'approving' : 'reading',
      untilMs: ms + presenceSeconds * 1_000,
    })
  }

  left(who: string): void {
    this.#present.delete(who)
  }

  /** An admin has ended the locks, if there were any. */
  unlocked(admin: string, ended: ReadonlySet<string>, ms: number): void {
    const own = this.#present.get(admin)
    const isOwn = own?.doing === 'approving' && own.untilMs > ms
    if (!isOwn && this.against(admin, ended, ms) === undefined) return
    for (const [who, present] of this.#present) this.#present.set(who, { ...present, doing: 'reading' })
  }

  /** Who keeps somebody from changing it. `ended`: whose keys have ended. */
  against(who: string, ended: ReadonlySet<string>, ms: number): string | undefined {
    const holds = ([id, { doing, untilMs }]: readonly [string, Present]) =>
      id !== who && doing === 'approving' && untilMs > ms && !ended.has(id)
    return [...this.#present].find(holds)?.[0]
  }
}
