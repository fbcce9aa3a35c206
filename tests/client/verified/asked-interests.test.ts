import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Interest } from '../../../src/client/listen.ts'
import { AskedInterests } from '../../../src/client/verified/asked-interests.ts'
import { listenVerified } from '../../../src/client/verified/listen-verified.ts'
import { type Alert, levels, type Rendered } from '../../../src/domain/alert-types.ts'
import { matches } from '../../../src/domain/interest.ts'
import { runs } from '../../support/effort.ts'
import { cleaning } from '../../support/scratch.ts'
import { ringOf, signedEntries } from '../../support/signing/signed-logs.ts'
import { alertIn } from '../../support/signing/test-bundles.ts'
import { live, serve, until, welcome, withoutJitter } from '../../support/streams/collected-events.ts'

const clean = cleaning()
const tags = ['fa', 'ru', 'zh-Hant'] as const
const topicIds = ['politics', 'weather', 'sport']
const interestOf = fc.record({
  languages: fc.oneof(fc.constant('*' as const), fc.shuffledSubarray([...tags], { minLength: 1 })),
  topics: fc.subarray(topicIds),
  level: fc.constantFrom(...levels),
})
const alertOf = fc.record({
  level: fc.constantFrom(...levels),
  topics: fc.subarray(topicIds),
  languages: fc.subarray([...tags], { minLength: 1 }),
})

test('what the service sends to an interest fits it, and what it sends to others only fits these', () => {
  fc.assert(
    fc.property(fc.array(interestOf, { minLength: 1, maxLength: 4 }), alertOf, fc.nat(2), (interests, about, nth) => {
      const { languages, ...common } = about
      const texts = Object.fromEntries(languages.map((tag) => [tag, { headline: tag }]))
      const alert = { ...common, audience: 'public', texts } as unknown as Alert
      const [first = {}, ...later] = interests as readonly Interest[]
      const asked = new AskedInterests(first)
      for (const one of later) asked.add(one)
      const sent = interests.map((interest) => matches({ ...interest, audience: 'public' }, alert))
      for (const language of sent)
        if (language !== null)
          expect(asked.fits(language === '*' ? alert : ({ ...common, language } as unknown as Rendered))).toBe(true)
      const language = tags[nth] ?? 'fa'
      const inOne = { ...common, texts: { [language]: { headline: '' } }, audience: 'public' } as unknown as Alert
      const isSent = (inAll: boolean) =>
        interests.some(
          (it) => (it.languages === '*') === inAll && matches({ ...it, audience: 'public' }, inOne) !== null,
        )
      expect(asked.fits({ ...common, language } as unknown as Rendered)).toBe(isSent(false))
      expect(asked.fits(inOne)).toBe(isSent(true))
    }),
    { numRuns: runs(500) },
  )
})

test('languages are compared as the service does: in any case, and lists with commas', () => {
  const alert = { language: 'zh-Hant', level: 'urgent', topics: ['weather'] } as unknown as Rendered
  for (const languages of [['ZH-hant'], ['fa, zh-hant']])
    expect(new AskedInterests({ languages, topics: ['sport, weather'] }).fits(alert)).toBe(true)
  for (const languages of [[''], [], ['*'], '*', undefined] as const)
    expect(new AskedInterests({ languages }).isWithAllTexts(alert)).toBe(true)
})

test('a genuine entry that was not asked for is not given; after a change what was on its way is', async () => {
  const ring = ringOf(0)
  const server = await serve()
  const given: string[] = []
  const listening = listenVerified({
    ...{ url: server.url, after: 'e.0', languages: ['fa'], topics: ['weather'], level: 'urgent', transport: 'socket' },
    keys: [ring.keys[0].publicKey],
    world: withoutJitter,
    onEntry: ({ seq }) => given.push(`${seq}`),
    onUnverified: ({ seq, reason }) => given.push(`${seq} ${reason}`),
    onState: (state) => given.push(state),
  })
  clean(() => listening.close())
  const of = (language: string, level: string, topics: readonly string[]) => alertIn(language, 'x', { level, topics })
  const all = [
    of('fa', 'urgent', ['weather']),
    of('ru', 'urgent', ['weather']),
    of('fa', 'routine', ['weather']),
    of('fa', 'flash', ['sport']),
    of('fa', 'flash', []),
    of('ru', 'routine', []),
    of('fa', 'urgent', ['weather', 'sport']),
    of('en', 'flash', []),
  ]
  const frames = signedEntries(ring, 'e', all).map((entry) => ({ type: 'alert', cursor: `e.${entry.seq}`, ...entry }))
  const peer = await server.peer(0)
  for (const it of [welcome(0, 'replay'), ...frames.slice(0, 5), live(9)]) peer.send(it)
  await until(() => expect(given.at(-1)).toBe('live'))
  const refused = [3, 5, 7].map((seq) => `${seq} not-asked-for`)
  expect(given.slice(2)).toEqual(['1', ...refused, '9', 'live'])
  listening.change({ languages: ['ru'] })
  for (const it of frames.slice(5)) peer.send(it)
  await until(() => expect(given.slice(8)).toEqual(['11', '13', '15 not-asked-for']))
})
