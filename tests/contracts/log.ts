import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Authority, EditorStore, Role } from '../../src/auth/editor.ts'
import type { SessionStore } from '../../src/auth/sessions.ts'
import type { PauseStore } from '../../src/desk/pause.ts'
import { type Alert, levels } from '../../src/domain/alert-types.ts'
import type { Change } from '../../src/domain/change.ts'
import { type Interest, matches } from '../../src/domain/interest.ts'
import type { AlertLog, Entry, HistoryPart } from '../../src/log/log.ts'
import type { Sql } from '../../src/store/sql.ts'
import { runs } from '../support/effort.ts'
import { everythingOf } from '../support/everything.ts'
import { draft, newAlert, noon, retraction, someAlert, someAsker, updateOf } from '../support/samples.ts'

/** A log and what decides over its writes, in some place that can be opened by several at once, closed and opened again. */
export type LogPlace = {
  open(): Promise<{ log: AlertLog; pauses: PauseStore; editors: EditorStore & SessionStore; close(): Promise<void> }>
  /** Called when all are closed: the place is not needed any more. */
  remove?(): Promise<void>
}

/** What an editor may do at random: a new alert, or (`to`: which of those there are) a change of one. */
type Step =
  | { readonly do: 'publish'; readonly alert: Partial<Alert> }
  | { readonly do: 'revise'; readonly to: number; readonly more: Partial<Alert> }
  | { readonly do: 'retract'; readonly to: number }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), alert: someAlert }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revise' as const), to: fc.nat(), more: someAlert }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retract' as const), to: fc.nat() }) },
)

/** The change that a step makes of what is there: only such as the rules allow. Null: there is nothing to change. */
function changeOf(step: Step, number: number, alerts: ReadonlyMap<string, Alert>): Change | null {
  if (step.do === 'publish') return newAlert(id(number), draft(step.alert as Parameters<typeof draft>[0]))
  const standing = [...alerts.values()].filter(({ status }) => status !== 'retracted')
  const alert = standing[step.to % standing.length]
  if (alert === undefined) return null
  const own = Object.fromEntries(Object.keys(alert.texts).map((tag) => [tag, 'It was wrong.']))
  if (step.do === 'retract') return { ...retraction(alert.id), revision: { note: own } } as Change
  const { topics = [], level = 'routine' } = step.more
  // A revision that changes nothing is refused: each says something of its own.
  const said = Object.keys(step.more.texts ?? {}).map((tag) => [tag, { headline: `${number} in ${tag}`, summary: '' }])
  const texts = Object.fromEntries(said)
  const isHigher = levels.indexOf(level) < levels.indexOf(alert.level)
  const wider = alert.topics.length === 0 ? [] : [...new Set([...alert.topics, ...topics])].sort()
  const revision = { texts, topics: wider, ...(isHigher ? { level } : {}) }
  return { ...retraction(alert.id), kind: 'update', revision } as Change
}

/** What a plain look at every entry finds: the oracle of the index. */
function plainly(entries: readonly Entry[], interest: Interest) {
  const isFor = ({ alert }: Entry) => matches(interest, alert) !== null
  const newest = new Map(entries.map((entry) => [entry.alert.id, entry]))
  const recent = entries.toReversed().filter((entry) => newest.get(entry.alert.id) === entry && isFor(entry))
  return { after: (cursor: number) => entries.filter((entry) => entry.seq > cursor && isFor(entry)), recent }
}

/** A log of random changes, and all that was appended. */
export async function fill(log: AlertLog, steps: readonly Step[], begin = 0): Promise<readonly Entry[]> {
  const alerts = new Map<string, Alert>((await log.after(0, 100_000)).map(({ alert }) => [alert.id, alert]))
  for (const [index, step] of steps.entries()) {
    const change = changeOf(step, begin + index + 1, alerts)
    if (change === null) continue
    const { alert } = await log.append(change, `step-${begin + index}`)
    alerts.set(alert.id, alert)
  }
  return log.after(0, 100_000)
}

export const someSteps = (maxLength: number) => fc.array(someStep, { minLength: 1, maxLength })

/** Reads for an interest, by every way and in pieces, and holds them to the plain look. */
export async function expectAsPlainly(log: AlertLog, entries: readonly Entry[], interest: Interest, piece: number) {
  const wanted = plainly(entries, interest)
  const head = entries.at(-1)?.seq ?? 0
  const isFor = ({ alert }: Entry) => matches(interest, alert) !== null
  for (let cursor = 0; cursor < head; ) {
    const page = await log.after(cursor, piece, interest)
    const next = page.length < piece ? head : (page.at(-1)?.seq ?? head)
    expect(page.filter(isFor)).toEqual(wanted.after(cursor).filter(({ seq }) => seq <= next))
    expect(page.length).toBeLessThanOrEqual(piece)
    cursor = next
  }
  const found: Entry[] = []
  for (;;) {
    const page = await log.recent(interest, piece, found.at(-1)?.seq)
    expect(page.length).toBeLessThanOrEqual(piece)
    found.push(...page)
    if (page.length < piece) break
  }
  expect(found).toEqual(wanted.recent)
  expect(await log.recent(interest, 10_000)).toEqual(wanted.recent)
}

/** Makes the database what it was before there was an index: of all that is in it now. */
export function withoutIndex(sql: Sql): void {
  for (const table of ['entry_scopes', 'scopes', 'log_index', 'signed']) sql.run(`drop table ${table}`)
  sql.run('alter table entries drop column proofs')
  sql.run(`update schema_steps set step = 1 where room = 'log'`)
}

const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** What every log must do, whatever it is made of. `cases`: how many random logs are tried. */
export function logContract(name: string, makePlace: () => Promise<LogPlace>, cases = 25): void {
  describe(`the log on ${name}`, () => {
    const closers: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const close of closers.splice(0)) await close()
    })

    async function openPlace(): Promise<{
      log: AlertLog
      again: () => Promise<AlertLog>
      other: () => Promise<AlertLog>
      remove: () => Promise<void>
    }> {
      const place = await makePlace()
      const open = async () => {
        const opened = await place.open()
        closers.push(opened.close)
        return opened.log
      }
      const again = async () => {
        for (const close of closers.splice(0)) await close()
        return open()
      }
      const remove = async () => {
        for (const close of closers.splice(0)) await close()
        await place.remove?.()
      }
      return { log: await open(), again, other: open, remove }
    }

    test('begins empty, with floor 1 and head 0', async () => {
      const { log } = await openPlace()
      expect(await log.bounds()).toMatchObject({ floor: 1, head: 0 })
      expect(await log.after(0, 10)).toEqual([])
    })

    test('appends without gaps, and what append gave is what is read', async () => {
      const { log } = await openPlace()
      const made = []
      for (let number = 1; number <= 5; number += 1) made.push(await log.append(newAlert(id(number)), `key-${number}`))
      expect(made.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
      expect(await log.after(0, 10)).toEqual(made)
      expect(await log.after(3, 1)).toEqual([made[3]])
      expect(await log.bounds()).toMatchObject({ floor: 1, head: 5 })
    })

    test('what the pause holds is not written; a key that is known is answered all the same, and retractions pass', async () => {
      const place = await makePlace()
      const { log, pauses, close } = await place.open()
      closers.push(close)
      const note = { reason: 'Wait.', by: 'e1', at: noon }
      const first = await log.append(newAlert(id(1)), 'before')
      await pauses.change(() => ({ languages: ['fa'], topics: [] }), note)
      await expect(log.append(newAlert(id(2)), 'held')).rejects.toMatchObject({ status: 423, code: 'paused' })
      expect(await log.append(newAlert(id(1)), 'before')).toEqual(first)
      const english = { texts: { en: { headline: 'Not Persian', summary: '' } } }
      expect((await log.append(newAlert(id(3), english), 'other')).seq).toBe(2)
      expect((await log.append(retraction(id(1)), 'retracted')).seq).toBe(3)
      await pauses.change(() => null, note)
      expect((await log.append(newAlert(id(2)), 'held')).seq).toBe(4)
    })

    test('a pause of one language lets a change pass that says nothing in it, by text or by note', async () => {
      const place = await makePlace()
      const { log, pauses, close } = await place.open()
      closers.push(close)
      const texts = { en: { headline: 'Both', summary: '' }, fa: { headline: 'هر دو', summary: '' } }
      await log.append(newAlert(id(1), { texts }), 'both')
      const change = (kind: 'update' | 'correction', revision: object) => ({ ...updateOf(id(1), ''), kind, revision })
      await pauses.change(() => ({ languages: ['fa'], topics: [] }), { reason: 'Wait.', by: 'e1', at: noon })
      const passing = [{ note: { en: 'It was six.' } }, { texts: { en: { headline: 'Six' } } }]
      for (const [nth, revision] of passing.entries())
        expect((await log.append(change('correction', revision), `en ${nth}`)).seq).toBe(2 + nth)
      const refused = [{ note: { fa: 'شش' } }, { texts: { fa: { headline: 'شش' } } }, { note: { en: 'x', fa: 'شش' } }]
      for (const [nth, revision] of refused.entries())
        await expect(log.append(change('correction', revision), `fa ${nth}`)).rejects.toMatchObject({ code: 'paused' })
      // It is told in every language.
      await expect(log.append(change('update', { level: 'flash' }), 'flash')).rejects.toMatchObject({ code: 'paused' })
      await expect(log.append(newAlert(id(2), { texts }), 'new')).rejects.toMatchObject({ code: 'paused' })
    })

    test('a change is written for a key or a session that may publish, and for no other', async () => {
      const place = await makePlace()
      const { log, editors, close } = await place.open()
      closers.push(close)
      const add = (name: string, role: Role) => editors.add({ id: name, name, role, createdAt: noon }, `key of ${name}`)
      await add('admin', 'admin')
      await add('editor', 'editor')
      await add('writer', 'writer')
      const until = '2026-03-01T13:00:00.000Z'
      const session = { tokenHash: 'token', now: noon, until, origin: null }
      await editors.openSession('key of editor', session)
      const asking = (by: 'key' | 'session', hash: string, at = noon): Authority => ({
        ...{ editorId: 'editor', credential: { by, hash }, role: 'editor', at },
      })
      const refusals = [
        [asking('key', 'key of nobody'), 401],
        [asking('session', 'key of editor'), 401],
        [asking('key', 'token'), 401],
        [asking('session', 'token', until), 401],
        [asking('key', 'key of writer'), 403],
      ] as const
      for (const [by, status] of refusals)
        await expect(log.append(newAlert(id(1)), 'refused', by)).rejects.toMatchObject({ status })
      expect((await log.append(newAlert(id(1)), 'a', asking('key', 'key of admin'))).seq).toBe(1)
      expect((await log.append(newAlert(id(2)), 'b', asking('key', 'key of editor'))).seq).toBe(2)
      const justBefore = '2026-03-01T12:59:59.999Z'
      const third = await log.append(newAlert(id(3)), 'c', asking('session', 'token', justBefore))
      await editors.revoke('editor', noon)
      for (const by of [asking('key', 'key of editor'), asking('session', 'token')]) {
        await expect(log.append(newAlert(id(4)), 'd', by)).rejects.toMatchObject({ status: 401 })
        expect(await log.append(newAlert(id(3)), 'c', by), 'it is out already').toEqual(third)
      }
      expect(await log.bounds()).toMatchObject({ head: 3 })
    })

    test('an expiry that is not given follows from the level that the alert has after the change', async () => {
      const { log } = await openPlace()
      const expiry = ({ alert }: { alert: Alert }) => (Date.parse(alert.expiresAt) - Date.parse(noon)) / 1_000
      expect(expiry(await log.append(newAlert(id(1), { level: 'routine' }), 'a'))).toBe(7_200)
      expect(expiry(await log.append(newAlert(id(2), { level: 'flash' }), 'b'))).toBe(1_800)
      const raised = { ...retraction(id(2), '2026-03-01T12:20:00.000Z'), kind: 'update' } as Change
      expect(expiry(await log.append(raised, 'c'))).toBe(1_800 + 20 * 60)
    })

    test('the same key twice at once makes one entry, and both calls get it', async () => {
      const { log } = await openPlace()
      const both = await Promise.all([log.append(newAlert(id(1)), 'once'), log.append(newAlert(id(2)), 'once')])
      expect(both[0]).toEqual(both[1])
      expect(await log.after(0, 10)).toHaveLength(1)
    })

    test('a key is its editor’s own: others who use it publish what is theirs, and each is answered with their own', async () => {
      const { log, again } = await openPlace()
      const from = (by: string, at: number) => ({ ...newAlert(id(at)), by })
      const [mina, ali, other] = await Promise.all([
        log.append(from('mina', 1), '1'),
        log.append(from('ali', 2), '1'),
        log.append({ ...newAlert(id(3), { level: 'flash' }), by: 'mina ' }, '1'),
      ])
      expect([mina, ali, other].map(({ alert }) => alert.id)).toEqual([id(1), id(2), id(3)])
      const reopened = await again()
      expect(await reopened.append(from('mina', 4), '1')).toEqual(mina)
      expect(await reopened.append(from('ali', 5), '1')).toEqual(ali)
      await expect(reopened.append({ ...newAlert(id(6), { level: 'flash' }), by: 'ali' }, '1')).rejects.toMatchObject({
        code: 'idempotency-key-reused',
      })
      expect(await reopened.after(0, 10)).toHaveLength(3)
    })

    test('the same key for another intention is refused and appends nothing', async () => {
      const { log } = await openPlace()
      await log.append(newAlert(id(1)), 'once')
      await expect(log.append(newAlert(id(1), { level: 'flash' }), 'once')).rejects.toMatchObject({
        status: 409,
        code: 'idempotency-key-reused',
      })
      expect(await log.after(0, 10)).toHaveLength(1)
    })

    test('a retraction sent again under its key is answered as the first time', async () => {
      const { log } = await openPlace()
      await log.append(newAlert(id(1)), 'a')
      const first = await log.append(retraction(id(1)), 'b')
      expect(await log.append(retraction(id(1), '2026-03-01T13:00:00.000Z'), 'b')).toEqual(first)
      await expect(log.append(retraction(id(1)), 'c')).rejects.toMatchObject({ code: 'alert-retracted' })
    })

    test('a change that is refused leaves nothing behind, not even its key', async () => {
      const { log } = await openPlace()
      await expect(log.append(retraction(id(9)), 'k')).rejects.toMatchObject({ status: 404, code: 'no-such-alert' })
      expect(await log.bounds()).toMatchObject({ head: 0 })
      expect((await log.append(newAlert(id(9)), 'k')).seq).toBe(1)
    })

    test('a clock that jumps to and fro dates no entry before the one it follows, and no change before its alert', async () => {
      const { log, other } = await openPlace()
      const second = await other()
      const clock = [8, 2, 9, 3, 1, 10, 4].map((hour) => `2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`)
      for (const [at, time] of clock.entries())
        await (at % 2 ? second : log).append(newAlert(id(at + 1), {}, time), `n${at}`)
      const first = await log.append(retraction(id(1), clock[4]), 'r')
      const entries = await log.after(0, 20)
      const times = entries.map((entry) => entry.at)
      expect(times).toEqual(times.toSorted())
      expect(times.at(-1)).toBe(clock[5])
      expect(entries.map(({ alert }) => alert.changedAt)).toEqual(times)
      expect(await second.append(retraction(id(1), clock[0]), 'r')).toEqual(first)
    })

    test('a key that is known is answered first: before the version and the expiry are looked at', async () => {
      const { log } = await openPlace()
      const expiring = newAlert(id(1), { expiresAt: '2026-03-01T13:00:00.000Z' })
      const made = await log.append(expiring, 'a')
      expect(await log.append({ ...expiring, at: '2026-03-01T14:00:00.000Z' }, 'a')).toEqual(made)
      const change = { ...(retraction(id(1)) as Exclude<Change, { kind: 'alert' }>), expected: [1] }
      const retracted = await log.append(change, 'b')
      expect(await log.append(change, 'b')).toEqual(retracted)
      expect(await log.append({ ...change, expected: [2] }, 'b')).toEqual(retracted)
      await expect(log.append(change, 'c')).rejects.toMatchObject({ code: 'alert-retracted' })
    })

    test('two writers never make a gap or a double', async () => {
      const { log, other } = await openPlace()
      const second = await other()
      const all = Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? log : second).append(newAlert(id(index + 1)), `key-${index % 40}`).catch(() => null),
      )
      await Promise.all(all)
      const seqs = (await log.after(0, 100)).map(({ seq }) => seq)
      expect(seqs).toEqual(seqs.map((_, index) => index + 1))
      expect(seqs).toHaveLength(40)
      expect(await second.after(0, 100)).toEqual(await log.after(0, 100))
    })

    test('a reader who reads on while others append meets every entry once and in order', async () => {
      const { log, other } = await openPlace()
      const reading = await other()
      const writing = Promise.all(Array.from({ length: 50 }, (_, i) => log.append(newAlert(id(i + 1)), `k${i}`)))
      const seen: number[] = []
      while (seen.length < 50) {
        for (const { seq } of await reading.after(seen.at(-1) ?? 0, 7)) seen.push(seq)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await writing
      expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    })

    test('closed and opened again, it goes on with the same epoch, entries, keys and head', async () => {
      const { log, again } = await openPlace()
      const first = await log.append(newAlert(id(1)), 'a')
      const before = await log.bounds()
      const reopened = await again()
      expect(await reopened.bounds()).toEqual(before)
      expect(await reopened.append(newAlert(id(2)), 'a')).toEqual(first)
      expect((await reopened.append(newAlert(id(3)), 'b')).seq).toBe(2)
    })

    test('another place has another epoch', async () => {
      const one = await openPlace()
      const two = await openPlace()
      expect((await one.log.bounds()).epoch).not.toBe((await two.log.bounds()).epoch)
      expect((await one.log.bounds()).epoch).toMatch(/^[a-z0-9]{1,32}$/)
    })

    test('a listener is woken for each entry until it unsubscribes', async () => {
      const { log } = await openPlace()
      let wakes = 0
      const silence = log.onAppend(() => {
        wakes += 1
      })
      await log.append(newAlert(id(1)), 'a')
      await expect.poll(() => wakes).toBeGreaterThan(0)
      const before = wakes
      silence()
      await log.append(newAlert(id(2)), 'b')
      expect(wakes).toBe(before)
    })

    test('history is one alert, oldest first, and latest is its end', async () => {
      const { log } = await openPlace()
      await log.append(newAlert(id(1)), 'a')
      await log.append(newAlert(id(2)), 'b')
      await log.append(retraction(id(1)), 'c')
      const history = await log.history(id(1))
      expect(history.map(({ seq, kind }) => [seq, kind])).toEqual([
        [1, 'alert'],
        [3, 'retraction'],
      ])
      expect(history).toEqual(
        (await log.after(0, 10)).filter(({ alert }) => alert.id === id(1)).map((it) => ({ ...it, by: 'editor-1' })),
      )
      expect(await log.latest(id(1))).toEqual((await log.after(2, 1))[0])
      expect(await log.latest(id(7))).toBeNull()
      expect(await log.history(id(7))).toEqual([])
    })

    test('a part of a history is the oldest after a place, or the newest before one, oldest first', async () => {
      const { log } = await openPlace()
      await log.append(newAlert(id(1)), 'first')
      for (const version of [2, 3, 4, 5]) {
        await log.append(newAlert(id(10 + version)), `other-${version}`)
        await log.append(updateOf(id(1), `Version ${version}`), `key-${version}`)
      }
      // Its entries are 1, 3, 5, 7 and 9.
      const seqs = async (part: HistoryPart) => (await log.history(id(1), part)).map(({ seq }) => seq)
      expect(await seqs({ after: 0, limit: 2 })).toEqual([1, 3])
      expect(await seqs({ after: 3, limit: 2 })).toEqual([5, 7])
      expect(await seqs({ after: 4, limit: 9 })).toEqual([5, 7, 9])
      expect(await seqs({ after: 9, limit: 2 })).toEqual([])
      expect(await seqs({ after: 0, skip: 0, limit: 1 })).toEqual([1])
      expect(await seqs({ after: 0, skip: 3, limit: 1 })).toEqual([7])
      expect(await seqs({ after: 1, skip: 1, limit: 9 })).toEqual([5, 7, 9])
      expect(await seqs({ after: 0, skip: 5, limit: 1 })).toEqual([])
      expect(await seqs({ before: 100, limit: 2 })).toEqual([7, 9])
      expect(await seqs({ before: 9, limit: 2 })).toEqual([5, 7])
      expect(await seqs({ before: 9, limit: 9 })).toEqual([1, 3, 5, 7])
      expect(await seqs({ before: 1, limit: 2 })).toEqual([])
    })

    test('recent gives each matching alert once, as it stands, newest change first', async () => {
      const { log } = await openPlace()
      await log.append(newAlert(id(1)), 'a')
      await log.append(newAlert(id(2), { audience: 'test' }), 'b')
      await log.append(newAlert(id(3), { texts: { ru: { headline: 'Заголовок', summary: '' } } }), 'c')
      await log.append(retraction(id(1)), 'd')
      expect((await log.recent(everythingOf('public'), 10)).map(({ seq }) => seq)).toEqual([4, 3])
      expect((await log.recent(everythingOf('test'), 10)).map(({ seq }) => seq)).toEqual([2])
      expect((await log.recent({ ...everythingOf('public'), languages: ['ru'] }, 10)).map(({ seq }) => seq)).toEqual([
        3,
      ])
      expect(await log.recent(everythingOf('public'), 1)).toHaveLength(1)
    })

    test('what is read for an interest is what a plain look at every entry finds, in pieces of any size', async () => {
      await fc.assert(
        fc.asyncProperty(
          someSteps(60),
          fc.array(someAsker, { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 9 }),
          async (steps, interests, piece) => {
            const { log, remove } = await openPlace()
            const entries = await fill(log, steps)
            for (const interest of interests) {
              await expectAsPlainly(log, entries, interest, piece)
              expect(await log.after(0, 1_000, interest)).toEqual(plainly(entries, interest).after(0))
            }
            await remove()
          },
        ),
        { numRuns: runs(cases) },
      )
    })

    test('an interest in forty languages and forty topics that never were, beside one that was, finds it', async () => {
      const { log } = await openPlace()
      const made = await log.append(newAlert(id(1), { topics: ['iran'] }), 'a')
      await log.append(newAlert(id(2), { topics: ['russia'] }), 'b')
      const never = Array.from({ length: 39 }, (_, number) => `never-${number}`)
      const interest = { ...everythingOf('public'), languages: [...never, 'fa'], topics: [...never, 'iran'] }
      expect(await log.recent(interest, 10)).toEqual([made])
      expect(await log.after(0, 10, interest)).toEqual([made])
      expect(await log.recent({ ...interest, languages: never }, 10)).toEqual([])
    })

    test('an entry that another connection appends in a new scope is found by one that has read before', async () => {
      const { log, other } = await openPlace()
      const interest = { ...everythingOf('public'), languages: ['ru'], topics: ['ukraine'] }
      expect(await log.recent(interest, 10)).toEqual([])
      const texts = { ru: { headline: 'Заголовок', summary: '' } }
      const made = await (await other()).append(newAlert(id(1), { texts, topics: ['ukraine'] }), 'a')
      expect(await log.recent(interest, 10)).toEqual([made])
      expect(await log.after(0, 10, interest)).toEqual([made])
    })

    test('texts of any script and every length come back as they went in', async () => {
      const { log } = await openPlace()
      const texts = { fa: { headline: 'می‌خواهم \u2068x\u2069 👩‍👩‍👧', summary: 'z'.repeat(1_000) } }
      await log.append(newAlert(id(1), { texts }), 'a')
      expect((await log.after(0, 1))[0]?.alert).toMatchObject({ texts, publishedAt: noon })
    })

    test('a limit below one throws', async () => {
      const { log } = await openPlace()
      await expect(log.after(0, 0)).rejects.toThrow(RangeError)
    })
  })
}
