import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeBrowserKeys, addressOf as pushAddressOf } from '../../support/browser/browser-keys.ts'
import { adminKey, english, newKey, publish } from '../../support/processes/service.ts'
import { addressOf, routes } from '../../support/routes.ts'

type Json = Record<string, unknown>
type Place = { readonly url: string; readonly close: () => Promise<void> }
/** A mistake: the pointer that is told of it, and how it gets into a good body. */
type Wrong = readonly [pointer: string, spoil: (body: Json) => void]

/** Puts a value at a path of names. */
function put(...given: readonly [...path: string[], value: unknown]): (body: Json) => void {
  const path = given.slice(0, -1) as string[]
  return (body) => {
    let at = body
    for (const name of path.slice(0, -1)) {
      at[name] ??= {}
      at = at[name] as Json
    }
    at[path.at(-1) ?? ''] = given.at(-1)
  }
}

const offCurve = `BA${'A'.repeat(85)}`
const { endpoint, p256dh, auth } = pushAddressOf('https://fcm.googleapis.com/fcm/send/pairs', makeBrowserKeys())

const ofTexts: readonly Wrong[] = [
  ['/texts/tlh', put('texts', 'tlh', { headline: 'nuqneH' })],
  ['/texts/fa/headline', put('texts', 'fa', 'headline', '\u200b')],
  ['/texts/en/url', put('texts', 'en', 'url', 'http://news.example/1')],
  ['/texts/en/summary', put('texts', 'en', 'summary', ['no text'])],
  ['/texts/en/image/url', put('texts', 'en', 'image', { url: 'ftp://news.example/1', alt: 'Alt' })],
]
const ofChange: readonly Wrong[] = [
  ['/topics', put('topics', ['no-such-topic'])],
  ['/topics/1', put('topics', ['iran', 'iran'])],
  ['/level', put('level', 'loud')],
  ['/expiresAt', put('expiresAt', 'soon')],
  ['/expiresAt', put('expiresAt', '2001-01-01T00:00:00Z')],
  ['/expiresAt', put('expiresAt', '9999-01-01T00:00:00Z')],
  ['/bogus', put('bogus', 1)],
  ...ofTexts,
]
const ofNote: readonly Wrong[] = [
  ['/note/tlh', put('note', 'tlh', 'Hab')],
  ['/note/en', put('note', 'en', 5)],
]
const ofPublishing: readonly Wrong[] = [
  ['/holdSeconds', put('holdSeconds', -1)],
  ['/publishAt', put('publishAt', 'soon')],
  ['/embargoUntil', put('embargoUntil', 5)],
  ['/overrideReason', put('overrideReason', '\u200b')],
]
const ofItem: readonly Wrong[] = [
  ['/topics', put('topics', 'iran')],
  ['/level', put('level', 'loud')],
  ['/expiresAt', put('expiresAt', 'soon')],
  ['/publishAt', put('publishAt', 'soon')],
  ['/texts/fa/headline', put('texts', 'fa', 'headline', 'x'.repeat(201))],
  ['/note/en', put('note', 'en', 5)],
  ['/bogus', put('bogus', 1)],
]
const ofRevision: readonly Wrong[] = [['/version', put('version', 0)], ...ofNote]
const ofWish: readonly Wrong[] = [
  ['/interest/languages', put('interest', 'languages', ['tlh'])],
  ['/interest/topics', put('interest', 'topics', ['no-such-topic'])],
  ['/interest/level', put('interest', 'level', 'loud')],
  ['/interest/bogus', put('interest', 'bogus', 1)],
  ['/discreet', put('discreet', 'yes')],
  ['/bogus', put('bogus', 1)],
]
const ofAddress: readonly Wrong[] = [
  ['/subscription/endpoint', put('subscription', 'endpoint', 'https://push.example/1')],
  ['/subscription/endpoint', put('subscription', 'endpoint', 7)],
  ['/subscription/keys/p256dh', put('subscription', 'keys', 'p256dh', offCurve)],
  ['/subscription/keys/p256dh', put('subscription', 'keys', 'p256dh', 'short')],
  ['/subscription/keys/auth', put('subscription', 'keys', 'auth', 'short')],
  ['/vapidPublicKey', put('vapidPublicKey', p256dh)],
  ['/audience', put('audience', 'everyone')],
]
const ofPause: readonly Wrong[] = [
  ['/languages/1', put('languages', ['en', 'tlh'])],
  ['/languages/1', put('languages', ['en', 'EN'])],
  ['/languages', put('languages', 'en')],
  ['/topics/0', put('topics', ['no-such-topic'])],
  ['/topics/1', put('topics', ['iran', 'iran'])],
  ['/reason', put('reason', ' \u00ad')],
  ['/bogus', put('bogus', 1)],
]

const ofWebhook: readonly Wrong[] = [
  ['/name', put('name', '\u200b')],
  ['/events/0', put('events', ['alert.published', 'alert.sung'].reverse())],
  ['/audience', put('audience', 'everyone')],
  ['/bogus', put('bogus', 1)],
]
const webhook = { name: 'A CMS', url: 'https://cms.example/tocsin', events: ['alert.published'] }

type Route = { readonly good: Json; readonly wrong: readonly Wrong[] }
const subscription = { endpoint, keys: { p256dh, auth } }

/** Each route that takes a body: one that it would take, and what can be wrong with it in independent places. */
const bodies: Readonly<Record<string, Route>> = {
  'post /v1/alerts': {
    good: { level: 'urgent', ...english('Not to go out') },
    wrong: [...ofChange, ...ofPublishing, ['/audience', put('audience', 'everyone')]],
  },
  'post /v1/alerts/:id/update': {
    good: { texts: { en: { headline: 'Not to go out' } } },
    wrong: [...ofChange, ...ofRevision, ...ofPublishing],
  },
  'post /v1/alerts/:id/correction': { good: { note: { fa: 'نه' } }, wrong: [...ofChange, ...ofRevision] },
  'post /v1/alerts/:id/retraction': {
    good: { note: { fa: 'نه' } },
    wrong: [...ofRevision, ['/bogus', put('bogus', 1)]],
  },
  'post /v1/desk/session': {
    good: { key: 'x' },
    wrong: [
      ['/key', put('key', 5)],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/editors': {
    good: { name: 'Nobody', role: 'writer' },
    wrong: [
      ['/name', put('name', '\u200b')],
      ['/role', put('role', 'boss')],
      ['/expiresAt', put('expiresAt', 'soon')],
      ['/expiresAt', put('expiresAt', '2001-01-01T00:00:00Z')],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/article': {
    good: { text: 'Quake hits Herat\n\nMany houses are down.' },
    wrong: [
      ['/text', put('text', ' \u200b\n')],
      ['/text', put('text', 5)],
      ['/html', put('html', '<p>')],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/items': { good: english('A draft'), wrong: [...ofItem, ['/kind', put('kind', 'news')]] },
  'put /v1/desk/items/:id': {
    good: { ...english('A draft'), version: 1 },
    wrong: [...ofItem, ['/version', put('version', 0)]],
  },
  'put /v1/desk/items/:id/presence': {
    good: { doing: 'editing' },
    wrong: [
      ['/doing', put('doing', 'asleep')],
      ['/renewal', put('renewal', 'yes')],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/items/:id/submit': {
    good: { version: 1 },
    wrong: [
      ['/version', put('version', 0)],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/items/:id/approve': {
    good: { hash: 'x' },
    wrong: [
      ['/hash', put('hash', 5)],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/items/:id/publish': {
    good: { version: 1 },
    wrong: [
      ['/version', put('version', 0)],
      ['/overrideReason', put('overrideReason', '')],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/items/:id/cancel': {
    good: {},
    wrong: [
      ['/version', put('version', 1)],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/notifications': {
    good: { subscription, language: 'fa' },
    wrong: [
      ...ofAddress.filter(([pointer]) => pointer !== '/audience'),
      ['/language', put('language', 'tlh')],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/webhooks': { good: webhook, wrong: ofWebhook },
  'put /v1/desk/webhooks/:id': { good: webhook, wrong: [...ofWebhook, ['/state', put('state', 'asleep')]] },
  'post /v1/desk/dead-letters/replay': {
    good: {},
    wrong: [
      ['/webhook', put('webhook', 5)],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/templates/:id/fill': {
    good: { blanks: { magnitude: 6.3, place: 'Herat' }, languages: ['en', 'fa'] },
    wrong: [
      ['/blanks/magnitude', put('blanks', 'magnitude', 'six')],
      ['/blanks/magnitude', put('blanks', 'magnitude', { en: '6' })],
      ['/blanks/place', put('blanks', 'place', 5)],
      ['/blanks/place/tlh', put('blanks', 'place', { en: 'Herat', fa: 'هرات', tlh: 'x' })],
      ['/blanks/depth', put('blanks', 'depth', 10)],
      ['/languages/1', put('languages', ['en', 'ur'])],
      ['/languages/1', put('languages', ['en', 'en'])],
      ['/bogus', put('bogus', 1)],
    ],
  },
  'post /v1/desk/pause': { good: { reason: 'Not to be paused' }, wrong: ofPause },
  'post /v1/desk/resume': { good: { reason: 'Not to be resumed' }, wrong: ofPause },
  'post /v1/subscriptions': {
    good: { subscription, interest: { languages: ['en'] } },
    wrong: [...ofWish, ...ofAddress],
  },
  'put /v1/subscriptions/:id': { good: { interest: { languages: ['en'] } }, wrong: ofWish },
  'post /v1/desk/subscriptions': {
    good: { subscription, interest: { languages: ['en'] } },
    wrong: [...ofWish, ...ofAddress, ['/createdAt', put('createdAt', 'long ago')]],
  },
}

/** Parameters of which each is wrong by itself, by the pointer to it. */
const wrongParameters: readonly (readonly [pointer: string, query: string])[] = [
  ['/languages', 'languages=tlh'],
  ['/topics', 'topics=no-such-topic'],
  ['/level', 'level=loud'],
  ['/after', 'after=nonsense'],
  ['/audience', 'audience=everyone'],
  ['/bogus', 'bogus=1'],
  ['/level', 'level=flash&level=urgent'],
]

function pairsOf<One>(all: readonly One[]): readonly (readonly [One, One])[] {
  return all.flatMap((one, at) => all.slice(at + 1).map((other) => [one, other] as const))
}

/** Every mistake of a request is told at once, wherever the service runs. */
export function mistakesSuite(name: string, open: () => Promise<Place>): void {
  describe(`every mistake at once on ${name}`, () => {
    let place: Place
    let alertId = ''
    let kept = { id: '', token: '' }
    beforeAll(async () => {
      place = await open()
      const texts = { ...english('It stands').texts, fa: { headline: 'هست' } }
      alertId = (await publish(place.url, { texts, topics: ['iran'] })).alert.id
      const answer = await fetch(new URL('/v1/subscriptions', place.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ subscription, interest: { languages: ['en'] } }),
      })
      kept = (await answer.json()) as typeof kept
    })
    afterAll(() => place.close())

    const idFor = (path: string) =>
      path.startsWith('/v1/alerts') ? alertId : path.startsWith('/v1/desk/templates') ? 'earthquake' : kept.id

    /** The pointers that an answer names; of a line of an import, those that its sentence names. */
    async function told(route: string, body: Json, query = '', idempotencyKey = newKey()): Promise<readonly string[]> {
      const [method = '', path = ''] = route.split(' ')
      const isImport = route === 'post /v1/desk/subscriptions'
      const key = path === '/v1/subscriptions/:id' ? kept.token : adminKey
      const answer = await fetch(`${place.url}${addressOf({ path }, idFor(path))}${query}`, {
        method: method.toUpperCase(),
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': isImport ? 'application/x-ndjson' : 'application/json',
          ...(idempotencyKey === '' ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify(body),
      })
      const said = (await answer.json()) as { errors?: { pointer: string }[]; refused?: { detail: string }[] }
      if (isImport)
        return [...(said.refused?.[0]?.detail ?? '').matchAll(/(\/[\w/]+):/g)].map(([, pointer = '']) => pointer)
      expect(answer.status, JSON.stringify([route, body, said])).toBe(400)
      return (said.errors ?? []).map(({ pointer }) => pointer)
    }

    test('each route that takes JSON is in this table', () => {
      const isForm = (type = '') => type === 'application/x-www-form-urlencoded'
      const taking = routes.filter(({ operation: { body } }) => body !== undefined && !isForm(body.type))
      expect(taking.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(Object.keys(bodies).toSorted())
    })

    test.each(Object.entries(bodies))(
      '%s names both of any two mistakes, and each alone',
      async (route, { good, wrong }) => {
        const spoilt = (some: readonly Wrong[]) => {
          const body = structuredClone(good)
          for (const [, spoil] of some) spoil(body)
          return body
        }
        for (const one of wrong)
          expect([spoilt([one]), await told(route, spoilt([one]))]).toEqual([spoilt([one]), [one[0]]])
        for (const [one, other] of pairsOf(wrong)) {
          const [first, second] = [one[0], other[0]]
          // Two mistakes in one place are one that hides the other; so is a list in the place of an item's list.
          if (
            first.split('/')[1] === second.split('/')[1] &&
            (first.startsWith(second) || second.startsWith(first) || /^\/(languages|topics)/.test(first))
          )
            continue
          const pointers = await told(route, spoilt([one, other]))
          expect([spoilt([one, other]), pointers.toSorted()]).toEqual([
            spoilt([one, other]),
            [first, second].toSorted(),
          ])
        }
      },
    )

    test.each(Object.keys(bodies).filter((route) => route.startsWith('post /v1/alerts')))(
      '%s names a missing or malformed Idempotency-Key beside any mistake, and alone',
      async (route) => {
        const { good, wrong } = bodies[route] ?? { good: {}, wrong: [] }
        for (const key of ['', 'with a space', 'k'.repeat(201)]) {
          expect(await told(route, structuredClone(good), '', key)).toEqual(['/Idempotency-Key'])
          for (const [pointer, spoil] of wrong) {
            const body = structuredClone(good)
            spoil(body)
            expect((await told(route, body, '', key)).toSorted()).toEqual(['/Idempotency-Key', pointer].toSorted())
            // Not needed for what publishes nothing.
            expect(await told(route, body, '?dryRun=true', key)).toEqual([pointer])
          }
        }
      },
    )

    test.each(['test', 'public'])(
      'audience=%s in the address against another in the body is refused, naming both',
      async (asked) => {
        const other = asked === 'test' ? 'public' : 'test'
        const body = { subscription, interest: { languages: ['en'] }, audience: other }
        expect(await told('post /v1/subscriptions', body, `?audience=${asked}`)).toEqual(['/audience'])
        expect(await told('post /v1/subscriptions', { ...body, discreet: 'yes' }, `?audience=${asked}`)).toEqual([
          '/discreet',
          '/audience',
        ])
      },
    )

    test.each(['/v1/alerts', '/v1/events'])('%s names both of any two wrong parameters', async (path) => {
      for (const [[first, one], [second, other]] of pairsOf(wrongParameters)) {
        if (first === second) continue
        const answer = await fetch(`${place.url}${path}?${one}&${other}`, {
          headers: { authorization: `Bearer ${adminKey}` },
        })
        const said = (await answer.json()) as { errors?: { pointer: string }[] }
        const pointers = (said.errors ?? []).map(({ pointer }) => pointer)
        expect([one, other, answer.status, pointers.toSorted()]).toEqual([one, other, 400, [first, second].toSorted()])
      }
    })
  })
}
