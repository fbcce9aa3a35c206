import { describe, expect, test } from 'vitest'
import { Desk } from '../../src/desk/desk.ts'
import { parsePause } from '../../src/desk/pause.ts'
import { parseDraft, parseRevision } from '../../src/domain/alert.ts'
import { Problem, parseAll } from '../../src/domain/problem.ts'
import { readQuery } from '../../src/protocol/query-parameters.ts'
import { pushServiceHosts } from '../../src/push/subscriptions/push-services.ts'
import { parseAddressed, subscribeSchema } from '../../src/push/subscriptions/subscribe.ts'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { newsroom } from '../support/samples.ts'

// That a request's mistakes are told at once, near what gathers them; every route and each pair: tests/flows/suites/mistakes.ts.

async function refusalOf(asked: Promise<unknown>): Promise<Problem> {
  const ended = await asked.catch((error: unknown) => error)
  return problemOf(() => {
    if (ended instanceof Error) throw ended
  })
}

function problemOf(act: () => unknown): Problem {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was refused')
}
const pointersOf = ({ errors }: Problem) => errors.map(({ pointer }) => pointer).toSorted()
const refusing =
  (status: number, code: string, ...pointers: readonly string[]) =>
  () => {
    throw new Problem(status, code, `${code}.`, { errors: pointers.map((pointer) => ({ pointer, detail: code })) })
  }

describe('the parts of a request', () => {
  test('are made, each under its name, where nothing is wrong', () => {
    expect(parseAll('request', { one: () => 1, two: () => 'b', three: () => null })).toEqual({
      one: 1,
      two: 'b',
      three: null,
    })
  })

  test('of which one is refused throw its Problem, with a pointer to it', () => {
    const alone = problemOf(() => parseAll('request', { one: () => 1, two: refusing(400, 'two-refused') }))
    expect([alone.code, alone.message, pointersOf(alone)]).toEqual(['two-refused', 'two-refused.', ['/two']])
    const own = problemOf(() => parseAll('request', { two: refusing(400, 'two-refused', '/x/1', '/x/2') }))
    expect([own.code, pointersOf(own)]).toEqual(['two-refused', ['/x/1', '/x/2']])
  })

  test('of which several are refused are reported together', () => {
    const parsers = {
      one: refusing(400, 'a', '/x'),
      two: () => 2,
      three: refusing(400, 'b'),
      four: refusing(400, 'c', '/y', '/z'),
    }
    const all = problemOf(() => parseAll('request', parsers))
    expect([all.status, all.code, pointersOf(all)]).toEqual([400, 'invalid', ['/three', '/x', '/y', '/z']])
  })

  test.each([401, 403, 409, 429, 503])(
    'are not looked at any more where one says %i: that is no mistake of the input',
    (status) => {
      const parsers = { one: refusing(400, 'a'), two: refusing(status, 'b'), three: refusing(400, 'c') }
      expect(problemOf(() => parseAll('request', parsers))).toMatchObject({ status, code: 'b' })
    },
  )

  test('that break for another reason throw that', () => {
    const broken = () => {
      throw new TypeError('ours')
    }
    expect(() => parseAll('request', { one: refusing(400, 'a'), two: broken })).toThrow(TypeError)
  })
})

describe('a query', () => {
  const known = {
    level: { description: '', schema: subscribeSchema },
    limit: { description: '', schema: subscribeSchema },
  }
  const read = (search: string) =>
    readQuery(new URLSearchParams(search), known, ({ level, limit }) => ({
      level: level === 'loud' ? refusing(400, 'unknown-level') : () => level,
      limit: limit === '0' ? refusing(400, 'limit-out-of-range') : () => limit,
    }))

  test('is read where nothing is wrong', () => {
    expect(read('level=flash&limit=5')).toEqual({ level: 'flash', limit: '5' })
  })

  test.each([
    ['level=loud', 'unknown-level', ['/level']],
    ['level=loud&limit=0', 'invalid', ['/level', '/limit']],
    ['bogus=1', 'unknown-parameter', ['/bogus']],
    ['bogus=1&other=2', 'unknown-parameter', ['/bogus', '/other']],
    ['bogus=1&limit=0', 'unknown-parameter', ['/bogus', '/limit']],
    ['limit=0&limit=0', 'repeated-parameter', ['/limit']],
    ['limit=0&limit=1&level=loud', 'repeated-parameter', ['/level', '/limit']],
    ['level=loud&limit=1&limit=1&bogus', 'repeated-parameter', ['/bogus', '/level', '/limit']],
  ])('%s is refused as %s with %j', (search, code, pointers) => {
    const refusal = problemOf(() => read(search))
    expect([refusal.status, refusal.code, pointersOf(refusal)]).toEqual([400, code, pointers])
  })

  test('of a thousand unknown names says of some, and is answered quickly', () => {
    const search = Array.from({ length: 1_000 }, (_, at) => `unknown${at}=1`).join('&')
    expect(problemOf(() => read(search)).errors.length).toBeLessThan(100)
  })
})

describe('a push subscription', () => {
  const vapid = { keyId: 'k1', publicKey: 'AAAA', older: [], subject: null }
  const parsers = {
    newsroom,
    pushHosts: pushServiceHosts,
    vapid,
    subscriptions: { interestOf: async () => null } as never,
  }
  const { endpoint, p256dh, auth } = addressOf('https://fcm.googleapis.com/fcm/send/1', makeBrowserKeys())
  const good = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
  const offCurve = `BA${'A'.repeat(85)}`
  const parsed = (body: unknown, audience?: string) => parseAddressed(subscribeSchema, body, parsers, audience)

  test('reports endpoint, key, VAPID key, language, form and contradiction at once', async () => {
    expect(await parsed(good)).toMatchObject({ address: { endpoint }, vapidKeyId: 'k1' })
    const body = {
      subscription: { endpoint: 'https://push.example/1', keys: { p256dh: offCurve, auth: 'short' } },
      interest: { languages: ['tlh'], level: 'loud' },
      audience: 'test',
      vapidPublicKey: 'BBBB',
    }
    expect(pointersOf(await refusalOf(parsed(body, 'public')))).toEqual([
      '/audience',
      '/interest/languages',
      '/interest/level',
      '/subscription/endpoint',
      '/subscription/keys/auth',
      '/subscription/keys/p256dh',
      '/vapidPublicKey',
    ])
  })

  test.each([
    [
      { ...good, subscription: { endpoint: 'https://push.example/1', keys: { p256dh, auth } } },
      undefined,
      'endpoint-refused',
    ],
    [{ ...good, subscription: { endpoint, keys: { p256dh: offCurve, auth } } }, undefined, 'key-refused'],
    [{ ...good, vapidPublicKey: 'BBBB' }, undefined, 'unknown-vapid-key'],
    [{ ...good, audience: 'public' }, 'test', 'invalid'],
    [{ ...good, audience: 'test' }, 'public', 'invalid'],
  ])('with one mistake keeps the code of that mistake: %#', async (body, audience, code) => {
    const refusal = await refusalOf(parsed(body, audience))
    expect([refusal.code, refusal.errors.length]).toEqual([code, 1])
  })

  test.each([
    ['test', undefined],
    ['test', 'test'],
    ['public', 'public'],
  ])('may name the audience %s in the address, and %s in the body', async (inAddress, audience) => {
    const body = audience === undefined ? good : { ...good, audience }
    expect((await parsed(body, inAddress)).address).toMatchObject({ endpoint })
  })
})

test('a pause reports mistakes of languages, topics and form at once', () => {
  const body = { languages: ['en', 'tlh'], topics: ['no-such-topic', 7], reason: '', more: 1 }
  expect(pointersOf(problemOf(() => parsePause(body, newsroom)))).toEqual([
    '/languages/1',
    '/more',
    '/reason',
    '/topics/0',
    '/topics/1',
  ])
})

describe('an alert', () => {
  const desk = new Desk({
    log: {
      append: () => Promise.reject(new Error('it was let through')),
      latest: async () => null,
      history: async () => [],
      bounds: async () => ({ epoch: 'e', floor: 1, head: 0 }),
      after: async () => [],
    },
    newsroom,
    pauses: { current: async () => null },
    now: () => Date.parse('2026-03-01T12:00:00.000Z'),
    newId: () => 'id',
  })
  const body = { level: 'loud', texts: { tlh: { headline: 'nuqneH' }, en: { headline: '', url: 'http://x' } } }

  test.each(['2026-03-01T11:59:59Z', '2026-12-01T00:00:00Z', 'soon'])(
    'tells that it cannot expire at %s with all else',
    async (expiresAt) => {
      const refused = await desk.dryRun(null, { ...body, expiresAt }).catch((error: unknown) => error)
      expect(pointersOf(refused as Problem)).toEqual([
        '/expiresAt',
        '/level',
        '/texts/en/headline',
        '/texts/en/url',
        '/texts/tlh',
      ])
    },
  )

  test('reports nothing for a valid expiry', async () => {
    const refused = await desk
      .dryRun(null, { ...body, expiresAt: '2026-03-02T00:00:00Z' })
      .catch((error: unknown) => error)
    expect(pointersOf(refused as Problem)).toEqual(['/level', '/texts/en/headline', '/texts/en/url', '/texts/tlh'])
  })

  test('reports mistakes of notes, texts, topics and version of a revision at once', () => {
    const revision = { version: 0, note: { tlh: 'x', en: '' }, texts: { fa: null }, topics: ['no-such-topic'] }
    expect(pointersOf(problemOf(() => parseRevision('correction', revision, newsroom)))).toContain('/version')
    for (const pointer of ['/note/tlh', '/note/en', '/texts/fa', '/topics'])
      expect(pointersOf(problemOf(() => parseRevision('correction', revision, newsroom)))).toContain(pointer)
    expect(() => parseDraft(body, newsroom)).toThrow(Problem)
  })
})
