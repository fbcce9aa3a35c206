import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Item } from '../../../src/desk/items/item.ts'
import { levels } from '../../../src/domain/alert-types.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { runs } from '../../support/effort.ts'
import '../../support/fast-check-size.ts'
import {
  contractRules,
  type DeskRig,
  type ItemStoresRig,
  newKey,
  openDesk,
  type Person,
  people,
  roleOf,
  startMs,
  texts,
} from './items-rig.ts'

const approvalSeconds = 300
const twoForFlash = parseNewsroom({
  ...{ name: 'News', languages: [{ tag: 'en' }] },
  rules: {
    approvalSeconds,
    levels: { ...contractRules.levels, flash: { ...contractRules.levels.flash, approvals: 2 } },
  },
})

/** An editor of one schedule alone, whose key may end in it. Each schedule has another id in its place. */
const guest = 'guest' as Person
const person = fc.constantFrom(...(Object.keys(people) as Person[]))
const level = fc.constantFrom(...levels)

/** Mostly those whose part it is: otherwise a flash would hardly ever find its two approvals. */
const writing = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Person>('wil', 'wen') },
  { weight: 1, arbitrary: person },
)
const approving = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Person>('eve', 'eli') },
  { weight: 5, arbitrary: fc.constant(guest) },
  { weight: 1, arbitrary: person },
)
const inSeconds = fc.option(fc.integer({ min: 1, max: 3_600 }), { freq: 6 })

const save = fc.record({ act: fc.constant('save' as const), who: writing, level, text: fc.nat(3), inSeconds })
const submit = fc.record({ act: fc.constant('submit' as const), who: writing })
const other = fc.record({
  act: fc.constantFrom('publish' as const, 'cancel' as const, 'override' as const),
  who: person,
})
/** An approver approves what they saw last, which may be older than what is stored. */
const approve = fc.record({
  ...{ act: fc.constant('approve' as const), who: approving },
  isStale: fc.nat(4).map((it) => it === 0),
})

/** Somebody opens it to approve it, or leaves it. While they have it open, nobody else changes it. */
const look = fc.oneof(
  fc.record({ act: fc.constant('look' as const), who: approving }),
  fc.record({ act: fc.constant('leave' as const), who: approving }),
)

/** What somebody tries. */
const attempt = fc.oneof(
  { weight: 2, arbitrary: save },
  { weight: 4, arbitrary: submit },
  { weight: 8, arbitrary: approve },
  { weight: 3, arbitrary: other },
  { weight: 2, arbitrary: look },
)
type Attempt = typeof attempt extends fc.Arbitrary<infer It> ? It : never
type Acting = Exclude<Attempt, { act: 'look' | 'leave' }>

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      step: fc.constant('one' as const),
      tries: fc.array(attempt, { minLength: 1, maxLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('at once' as const),
      tries: fc.array(attempt, { minLength: 2, maxLength: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('clock' as const),
      ms: fc.constantFrom(1, 4_999, 5_000, 10_000, 60_000, 700_000, 1_800_001, -5_000, -600_000),
    }),
  },
  { weight: 5, arbitrary: fc.record({ step: fc.constant('release' as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('crash' as const) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('end of a key' as const) }) },
)

/** An act that was answered. The item's version says in which order they happened. */
type Answered = { readonly act: string; readonly who: Person; readonly item: Item; readonly ms: number }

/**
 * Random schedules of two writers, two editors and an admin on one item. Whatever happens: it leaves only with the approvals
 * that its rule wants, for exactly its content, unexpired, of people who did not write it and have a key still, or overridden;
 * never before its time; never after a cancel or a change that was answered; at most once; nobody changes what another reads
 * before approving it; and every answered act is in the audit log.
 */
export function itemsModel(open: () => Promise<ItemStoresRig>, schedules: number): void {
  test('by any schedule, only what was approved leaves, in its time and once', async () => {
    let desk = await openDesk(open, twoForFlash)
    const published: string[] = []
    let guests = 0
    await fc.assert(
      fc.asyncProperty(level, fc.array(step, { minLength: 4, maxLength: 30 }), async (first, steps) => {
        desk.clock.ms = Math.max(desk.clock.ms, startMs)
        const created = await desk.write({ level: first, texts: texts('First') }, 'wil')
        const own = `guest ${++guests}` as Person
        await desk.editors.add({ id: own, name: own, role: 'editor', createdAt: desk.at() }, `key of ${own}`)
        const named = (it: Attempt): Attempt => (it.who === guest ? { ...it, who: own } : it)
        /** Whether the guest's key ended before the item was published. */
        let hasEnded = false
        const answered: Answered[] = [{ act: 'create', who: 'wil', item: created, ms: desk.clock.ms }]
        for (const it of steps) {
          if (it.step === 'clock') desk.clock.ms += it.ms
          else if (it.step === 'release') await desk.items.release()
          else if (it.step === 'crash') desk = await desk.reopened()
          else if (it.step === 'end of a key') {
            await desk.editors.revoke(own, desk.at())
            hasEnded ||= (await desk.store.read(created.id))?.state !== 'published'
          } else if (it.tries.length === 1 && it.tries[0] !== undefined)
            answered.push(...(await triedAlone(desk, created.id, named(it.tries[0]), answered)))
          else
            await Promise.all(
              it.tries.map(async (one) => answered.push(...(await tried(desk, created.id, named(one), answered)))),
            )
        }
        // What still waits may go out; afterwards nothing moves any more.
        for (const ms of [5_000, 3_600_000, 3_600_000]) {
          desk.clock.ms += ms
          await desk.items.release()
        }
        published.push(...(await check(desk, created.id, answered, hasEnded ? own : null)))
      }),
      { numRuns: runs(schedules) },
    )
    // Otherwise the schedules would try too little.
    expect(published.length).toBeGreaterThan(0)
    if (runs(schedules) >= 500)
      expect([...new Set(published)].toSorted()).toEqual(['flash', 'flash overridden', 'routine', 'urgent'])
  })
}

/** Nobody else acts meanwhile, so that what is locked before is locked still. */
async function triedAlone(
  desk: DeskRig,
  id: string,
  it: Attempt,
  answered: readonly Answered[],
): Promise<readonly Answered[]> {
  const stored = await desk.store.read(id)
  const lock = (await desk.store.presence.present(desk.at())).find(
    ({ itemId, by, doing }) => itemId === id && doing === 'approving' && by.id !== it.who,
  )
  const done = await tried(desk, id, it, answered)
  if (lock !== undefined && stored?.state === 'awaiting-approval' && (it.act === 'save' || it.act === 'publish'))
    expect([it.act, done], `${lock.by.name} reads it`).toEqual([it.act, []])
  return done
}

async function tried(
  desk: DeskRig,
  id: string,
  it: Attempt,
  answered: readonly Answered[],
): Promise<readonly Answered[]> {
  const { ms } = desk.clock
  const { presence } = desk.store
  try {
    if (it.act === 'look') {
      await presence.enter({ itemId: id, by: desk.by(it.who), doing: 'approving', renewal: false, at: desk.at() })
      return []
    }
    if (it.act === 'leave') {
      await presence.leave(id, desk.by(it.who))
      return []
    }
    const item = await result(desk, id, it, answered)
    return [{ act: it.act, who: it.who, item, ms }]
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return []
    throw error
  }
}

async function result(desk: DeskRig, id: string, it: Acting, answered: readonly Answered[]): Promise<Item> {
  const stored = await desk.store.read(id)
  const version = stored?.version ?? 1
  if (it.act === 'save') {
    const times = it.inSeconds === null ? {} : { publishAt: desk.at(it.inSeconds) }
    return desk.items.save(id, { level: it.level, texts: texts(`Text ${it.text}`), ...times, version }, desk.by(it.who))
  }
  const act =
    it.act === 'approve'
      ? ({ act: 'approve', hash: (it.isStale ? answered[0]?.item.hash : stored?.hash) ?? '' } as const)
      : it.act === 'override'
        ? ({ act: 'publish', overrideReason: 'It must go.' } as const)
        : ({ act: it.act } as const)
  const { item } = await desk.act(id, act, it.who, newKey())
  if (item === null) throw new Error('nothing is deleted here')
  return item
}

/** Checks one item's end by what was answered. Gives the level of what was published. */
async function check(
  desk: DeskRig,
  id: string,
  answered: readonly Answered[],
  ended: string | null,
): Promise<readonly string[]> {
  const item = await desk.store.read(id)
  if (item === null) throw new Error('the item is gone')
  const lines = (await desk.audit.read({ limit: 200 })).filter(({ itemId }) => itemId === id)
  const noted = (act: string) => lines.filter((line) => line.act === act && line.by !== null).length
  for (const act of new Set(answered.map((it) => it.act)))
    expect([act, noted(act)]).toEqual([act, answered.filter((it) => it.act === act).length])
  const history = await desk.log.history(item.alertId)
  expect(history.length).toBe(item.state === 'published' ? 1 : 0)
  const [entry] = history
  if (entry === undefined) return []
  expect(lines.filter(({ act }) => act === 'published')).toHaveLength(1)
  const before = answered
    .filter((it) => it.item.version <= item.version)
    .toSorted((a, b) => a.item.version - b.item.version)
  const saved = before.findLastIndex(({ act }) => act === 'create' || act === 'save')
  const content = before[saved]?.item.content
  expect([entry.alert.level, entry.alert.texts]).toEqual([content?.level, content?.texts])
  const since = before.slice(saved + 1)
  const going = since.at(-1)
  if (going === undefined) throw new Error('it was published although nobody asked for it')
  expect(going.act, 'after a cancel it must be asked for again').not.toBe('cancel')
  const atMs = Date.parse(entry.at)
  checkTimes(content?.level ?? 'flash', content?.publishAt, going, atMs)
  checkApprovals(before, since, content?.level ?? 'flash', { hash: item.hash, atMs, ended })
  return [`${entry.alert.level}${item.override !== null && entry.alert.level === 'flash' ? ' overridden' : ''}`]
}

function checkTimes(
  level: (typeof levels)[number],
  publishAt: string | undefined,
  going: Answered,
  atMs: number,
): void {
  const { holdSeconds } = level === 'routine' ? { holdSeconds: 0 } : contractRules.levels[level]
  // Its editor's last act began the hold, or left the time of one that had been missed.
  expect(atMs).toBeGreaterThanOrEqual(going.ms + (going.item.state === 'published' ? 0 : holdSeconds * 1_000))
  expect(atMs).toBeGreaterThanOrEqual(publishAt === undefined ? 0 : Date.parse(publishAt))
}

function checkApprovals(
  before: readonly Answered[],
  since: readonly Answered[],
  level: (typeof levels)[number],
  { hash, atMs, ended }: { readonly hash: string; readonly atMs: number; readonly ended: string | null },
): void {
  const lastAsked = since.findLastIndex(({ act }) => act === 'submit' || act === 'override' || act === 'cancel')
  const last = since[lastAsked]
  if (last?.act === 'override') return void expect(last.who).toBe('ada')
  const authors = new Set(before.filter(({ act }) => act === 'create' || act === 'save').map(({ who }) => who))
  const approvals = since.filter(({ act, item, ms, who }) => {
    // Those that counted when the last one came last until the time that was then set.
    const going = since.at(-1)
    const ownMs = ms + approvalSeconds * 1_000
    const setMs = Date.parse(going?.item.releaseAt ?? '') + 600_000
    const until = going !== undefined && ownMs > going.ms && setMs > ownMs ? setMs : ownMs
    return (
      act === 'approve' &&
      who !== ended &&
      item.approvals.some((it) => it.hash === hash && it.by.id === who) &&
      until >= atMs
    )
  })
  for (const { who } of approvals) {
    expect([...authors]).not.toContain(who)
    expect(roleOf(who)).not.toBe('writer')
  }
  const isAsked = last?.act === 'submit' && since.slice(lastAsked).every(({ act }) => act !== 'publish')
  const wanted = level === 'flash' ? 2 : isAsked ? 1 : 0
  expect(approvals.length).toBeGreaterThanOrEqual(wanted)
  if (wanted === 0) expect(since.some(({ act, who }) => act === 'publish' && roleOf(who) !== 'writer')).toBe(true)
}
