import { afterEach, describe, expect, test } from 'vitest'
import type { AlertLog, Entry } from '../../src/log.ts'
import { everythingOf } from '../support/everything.ts'
import { newAlert, noon, retraction } from '../support/samples.ts'

/** A log in some place, that can be opened by several at once, closed and opened again. */
export type LogPlace = {
  open(): Promise<{ log: AlertLog; close(): Promise<void> }>
}

const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** What every log must do, whatever it is made of. */
export function logContract(name: string, makePlace: () => Promise<LogPlace>): void {
  describe(`the log on ${name}`, () => {
    const closers: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const close of closers.splice(0)) await close()
    })

    async function openPlace(): Promise<{
      log: AlertLog
      again: () => Promise<AlertLog>
      other: () => Promise<AlertLog>
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
      return { log: await open(), again, other: open }
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

    test('what is refused is not written; a key that is known is never refused', async () => {
      const { log } = await openPlace()
      const refuse = ({ kind, alert }: Pick<Entry, 'kind' | 'alert'>) => {
        throw new Error(`${kind} ${alert.status}`)
      }
      await expect(log.append(newAlert(id(1)), 'once', refuse)).rejects.toThrow('alert live')
      expect(await log.after(0, 10)).toEqual([])
      const first = await log.append(newAlert(id(1)), 'once')
      expect(await log.append(newAlert(id(1)), 'once', refuse)).toEqual(first)
      await expect(log.append(retraction(id(1)), 'other', refuse)).rejects.toThrow('retraction retracted')
      expect(await log.after(0, 10)).toEqual([first])
    })

    test('the same key twice at once makes one entry, and both hear of it', async () => {
      const { log } = await openPlace()
      const both = await Promise.all([log.append(newAlert(id(1)), 'once'), log.append(newAlert(id(2)), 'once')])
      expect(both[0]).toEqual(both[1])
      expect(await log.after(0, 10)).toHaveLength(1)
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

    test('the bell rings for an entry, until it is silenced', async () => {
      const { log } = await openPlace()
      let rings = 0
      const silence = log.onAppend(() => {
        rings += 1
      })
      await log.append(newAlert(id(1)), 'a')
      await expect.poll(() => rings).toBeGreaterThan(0)
      const before = rings
      silence()
      await log.append(newAlert(id(2)), 'b')
      expect(rings).toBe(before)
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
      expect(await log.latest(id(1))).toEqual(history[1])
      expect(await log.latest(id(7))).toBeNull()
      expect(await log.history(id(7))).toEqual([])
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

    test('texts of any script and every length come back as they went in', async () => {
      const { log } = await openPlace()
      const texts = { fa: { headline: 'می‌خواهم \u2068x\u2069 👩‍👩‍👧', summary: 'z'.repeat(1_000) } }
      await log.append(newAlert(id(1), { texts }), 'a')
      expect((await log.after(0, 1))[0]?.alert).toMatchObject({ texts, publishedAt: noon })
    })

    test('a limit below one is a mistake of ours, told loudly', async () => {
      const { log } = await openPlace()
      await expect(log.after(0, 0)).rejects.toThrow(RangeError)
    })
  })
}
