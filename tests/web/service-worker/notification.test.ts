import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  notificationOf,
  pageFor,
  parsePayload,
  type Seen,
  seenOf,
  targetOf,
} from '../../../src/web/service-worker/notification.ts'

const push = (
  version: number,
  more: { title?: string; id?: string; kind?: string; level?: string; silent?: boolean; lang?: string } = {},
) => {
  const { title = `v${version}`, id = 'a1', kind = 'alert', level = 'flash', silent = false, lang = 'fa' } = more
  const values = { id, version, kind, level, at: '2026-03-01T12:00:00.000Z' }
  const shown = { title, body: 'b', navigate: 'https://alerts.example/fa/alerts/a1', lang, dir: 'rtl', tag: id }
  return { web_push: 8030, mutable: true, notification: { ...shown, silent, data: values } }
}

describe('notificationOf', () => {
  it('shows a new alert as in the payload', () => {
    const { show } = notificationOf(push(1), [])
    expect(show).toMatchObject({
      title: 'v1',
      body: 'b',
      tag: 'a1',
      lang: 'fa',
      dir: 'rtl',
      silent: false,
      renotify: false,
    })
    expect(show.timestamp).toBe(Date.parse('2026-03-01T12:00:00.000Z'))
  })

  it.each([
    ['correction', 'flash', true],
    ['correction', 'urgent', true],
    ['correction', 'routine', true],
    ['retraction', 'flash', true],
    ['retraction', 'urgent', true],
    ['retraction', 'routine', true],
    ['update', 'flash', true],
    ['update', 'urgent', false],
    ['update', 'routine', false],
    ['alert', 'flash', false],
    ['alert', 'routine', false],
  ])('of a %s (%s) that takes another’s place is heard again: %s', (kind, level, renotify) => {
    const before = notificationOf(push(1, { level }), [])
    const { show } = notificationOf(push(2, { kind, level }), before.seen)
    expect(show).toMatchObject({ title: 'v2', silent: false, renotify })
    // What is put right is heard even where the payload asks for silence; nothing else is.
    const isTakenBack = kind === 'correction' || kind === 'retraction'
    const { show: quiet } = notificationOf(push(2, { kind, level, silent: true }), before.seen)
    expect(quiet).toMatchObject({ silent: !isTakenBack, renotify: isTakenBack })
  })

  describe('of an update that says a correction', () => {
    const noon = Date.parse('2026-03-01T12:00:00.000Z')
    const at = (minute: number) => new Date(noon + minute * 60_000).toISOString()
    const update = (version: number, level: string, silent: boolean) => {
      const payload = push(version, { kind: 'update', level, silent })
      const more = { at: at(10), correctedAt: at(5) }
      return { ...payload, notification: { ...payload.notification, data: { ...payload.notification.data, ...more } } }
    }
    const shownAt = (minute: number, level: string, more = {}) => {
      const { seen } = notificationOf(push(2, { level, ...more }), [])
      return seen.map((it) => ({ ...it, shown: { ...it.shown, timestamp: noon + minute * 60_000 } }))
    }

    it.each(['flash', 'urgent', 'routine'])('is heard where the correction was not shown (%s)', (level) => {
      for (const silent of [false, true])
        for (const seen of [[], shownAt(0, level)])
          expect(notificationOf(update(4, level, silent), seen).show).toMatchObject({ silent: false, renotify: true })
    })

    it.each([
      ['flash', false, true],
      ['urgent', false, false],
      ['routine', true, false],
    ])('is like any other where it was (%s)', (level, silent, renotify) => {
      for (const minute of [5, 7])
        expect(notificationOf(update(4, level, false), shownAt(minute, level)).show).toMatchObject({ silent, renotify })
    })
  })

  it('shows an old version that comes after the retraction as the retraction, three times in a row', () => {
    let { seen } = notificationOf(push(3, { kind: 'retraction', title: 'Retracted' }), [])
    for (const late of [push(1), push(2, { kind: 'correction' }), push(1)]) {
      const again = notificationOf(late, seen)
      expect(again.show).toMatchObject({ title: 'Retracted', silent: true, renotify: false })
      seen = again.seen
    }
  })

  it('shows a repeat, or a late older version, as the newest one without a sound', () => {
    const first = notificationOf(push(1), [])
    const second = notificationOf(push(2, { kind: 'correction' }), first.seen)
    for (const late of [push(1), push(2, { kind: 'correction' })]) {
      const again = notificationOf(late, second.seen)
      expect(again.show).toMatchObject({ title: 'v2', tag: 'a1', silent: true, renotify: false })
      expect(again.seen).toEqual(second.seen)
    }
  })

  it('remembers at most fifty alerts, the newest', () => {
    let seen: Seen = []
    for (let n = 0; n < 60; n += 1) seen = notificationOf(push(1, { id: `a${n}` }), seen).seen
    expect(seen).toHaveLength(50)
    expect(seen[0]?.id).toBe('a59')
  })

  it('always has something to show, whatever came and whatever was stored', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.string(), (payload, stored, text) => {
        const kept = seenOf(stored)
        for (const it of [payload, { notification: payload }, parsePayload(text)]) {
          const { show } = notificationOf(it, kept)
          expect(show.title).not.toBe('')
          expect(show.tag).not.toBe('')
          expect(show.renotify && show.silent).toBe(false)
        }
      }),
    )
  })

  it('ends, for any order of versions, on the newest one seen', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (versions) => {
        let seen: Seen = []
        let title = ''
        for (const version of versions) {
          const next = notificationOf(push(version), seen)
          seen = next.seen
          title = next.show.title
        }
        expect(title).toBe(`v${Math.max(...versions)}`)
      }),
    )
  })
})

describe('a tap', () => {
  const origin = 'https://alerts.example'

  it.each([
    ['https://alerts.example/fa/alerts/a1', 'https://alerts.example/fa/alerts/a1'],
    ['/fa/alerts/a1', 'https://alerts.example/fa/alerts/a1'],
    ['https://evil.example/', 'https://alerts.example/'],
    ['http://alerts.example/', 'https://alerts.example/'],
    ['https://alerts.example@evil.example/', 'https://alerts.example/'],
    ['//evil.example/x', 'https://alerts.example/'],
    ['javascript:alert(1)', 'https://alerts.example/'],
    ['', 'https://alerts.example/'],
    [undefined, 'https://alerts.example/'],
    [42, 'https://alerts.example/'],
  ])('on %s leads to %s', (navigate, target) => {
    expect(targetOf(navigate, origin)).toBe(target)
  })

  it('stays on plain http only where the service is local', () => {
    expect(targetOf('http://localhost:3000/fa/', 'http://localhost:3000')).toBe('http://localhost:3000/fa/')
    expect(targetOf('http://plain.example/fa/', 'http://plain.example')).toBe('http://plain.example/')
  })

  it('comes to the page that shows it, else to any reader’s page, never to the desk', () => {
    const open = ['/desk', '/en/', '/fa/alerts/a1#x'].map((path) => ({ url: `${origin}${path}` }))
    expect(pageFor(`${origin}/fa/alerts/a1`, open)).toBe(2)
    expect(pageFor(`${origin}/ru/`, open)).toBe(1)
    expect(pageFor(`${origin}/ru/`, open.slice(0, 1))).toBe(-1)
  })
})

describe('a new alert in another of the reader’s languages', () => {
  it.each(['flash', 'urgent', 'routine'])('makes a sound, as it replaces what was shown (%s)', (level) => {
    const { seen } = notificationOf(push(1, { level, lang: 'en' }), [])
    const told = notificationOf(push(2, { level, silent: level === 'routine' }), seen)
    expect(told.show).toMatchObject({ title: 'v2', lang: 'fa', silent: false, renotify: true })
    expect(notificationOf(push(2, { level }), told.seen).show).toMatchObject({ silent: true, renotify: false })
  })

  it('in the same language it makes no second sound: it only came late', () => {
    const { seen } = notificationOf(push(1, { level: 'urgent' }), [])
    expect(notificationOf(push(2, { level: 'urgent' }), seen).show).toMatchObject({ silent: false, renotify: false })
  })
})
