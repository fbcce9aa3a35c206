import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Interest } from '../../../src/client/listen.ts'
import { listenVerified } from '../../../src/client/verified/listen-verified.ts'
import { runs } from '../../support/effort.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import { cleaning } from '../../support/scratch.ts'
import { ringOf, signedEntries, timeOf } from '../../support/signing/signed-logs.ts'
import { alertIn, bundleFrom, bundleText } from '../../support/signing/test-bundles.ts'
import { until } from '../../support/streams/collected-events.ts'

// A service that is away from the beginning, and mirrors that have what a test gives them, by a clock that it moves on.

const clean = cleaning()
const epoch = 'k3f9'
const ring = ringOf(0)
const startMs = 1_000_000
const topics = ['iran', 'sport', 'afghanistan', 'iran']
const logIn = (language: string) =>
  signedEntries(
    ring,
    epoch,
    topics.map((topic, nth) =>
      alertIn(language, `News ${nth}`, { id: `01932f6e-0000-7000-8000-00000000000${nth}`, topics: [topic] }),
    ),
    startMs - 60_000,
  )
const logs = new Map(['en', 'fa', 'sr-Latn'].map((language) => [language, logIn(language)]))

/** A file with the first so many alerts. */
function fileOf(count: number, language: string, ageMs: number): string {
  const at = timeOf(startMs - ageMs)
  const entries = (logs.get(language) ?? []).slice(0, count)
  const head = count === 0 ? 0 : (entries.at(-1)?.seq ?? 0)
  const signed = { epoch, head, statementAt: at, headAt: at, mirrorsAt: timeOf(startMs - 1) }
  return bundleText(bundleFrom(ring, entries, language, signed))
}

/** Listens while the service is away, until the first round has begun. `answers`: of each mirror, by language. */
async function listenInRound(
  answers: readonly ((language: string) => string | null)[],
  interest: Interest,
  random: () => number = Math.random,
) {
  const world = { ...fakeWorld(), random }
  const entries: string[] = []
  const asked: string[] = []
  const listening = listenVerified({
    ...{ url: 'https://alerts.example/', keys: [ring.keys[0].publicKey], after: `${epoch}.0`, transport: 'socket' },
    ...interest,
    mirrors: answers.map((_, nth) => `https://m${nth}.example/`),
    world: {
      ...world,
      openSocket: () => {
        throw new Error('unreachable')
      },
      async fetch(url) {
        const [, nth, tag = ''] = /^https:\/\/m(\d)\.example\/bundles\/(.+)\.json$/.exec(url) ?? []
        if (nth === undefined) throw new Error('unreachable')
        asked.push(`${nth} ${tag}`)
        const file = answers[Number(nth)]?.(tag) ?? null
        return file === null ? new Response('', { status: 404 }) : new Response(file)
      },
    },
    onEntry: ({ alert }) => entries.push(alert.headline),
    onUnverified: ({ reason }) => entries.push(reason),
  })
  clean(() => listening.close())
  for (let nth = 0; nth < 7; nth += 1) {
    world.pass(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  // The clock stands still from now on: no other round begins.
  return { entries, asked, listening }
}

const minuteMs = 60_000
const all = [0, 1, 2, 3].map((nth) => `News ${nth}`)
test('in whatever order mirrors come, one round brings what the newest has once, beside copies that are behind or have nothing new', async () => {
  const behind = fc.array(
    fc.record({ count: fc.integer({ min: 0, max: 3 }), ageMs: fc.constantFrom(0, 2 * minuteMs, 5 * minuteMs) }),
    { minLength: 1, maxLength: 5 },
  )
  await fc.assert(
    fc.asyncProperty(behind, fc.infiniteStream(fc.double({ min: 0, max: 0.999 })), async (others, numbers) => {
      const answers = [...others, { count: 4, ageMs: 0 }].map(
        ({ count, ageMs }) =>
          (language: string) =>
            fileOf(count, language, ageMs),
      )
      const random = () => numbers.next().value ?? 0
      const { entries, asked, listening } = await listenInRound(answers, { languages: ['en'] }, random)
      await until(() => expect([entries, asked.length]).toEqual([all, answers.length]))
      expect(new Set(asked).size).toBe(answers.length)
      listening.close()
    }),
    { numRuns: runs(15) },
  )
})

test.each<[Interest, readonly number[], readonly string[]]>([
  [{ languages: ['EN'] }, [0, 1, 2, 3], ['en']],
  [{ languages: ['sr-latn'] }, [0, 1, 2, 3], ['sr-Latn']],
  [{ languages: ['fa,en'] }, [0, 1, 2, 3], ['fa', 'en']],
  [{ languages: ['fa', ' en'] }, [0, 1, 2, 3], ['fa', 'en']],
  [{ languages: ['en', 'en'] }, [0, 1, 2, 3], ['en']],
  [{ languages: ['en'], topics: ['afghanistan,iran'] }, [0, 2, 3], ['en']],
  [{ languages: ['en'], topics: [' sport'] }, [1], ['en']],
  [{ languages: ['en'], topics: [''] }, [0, 1, 2, 3], ['en']],
])('mirrors are read for %j as the service takes it', async (interest, nths, tags) => {
  const { entries, asked } = await listenInRound([(tag) => (logs.has(tag) ? fileOf(4, tag, 0) : null)], interest)
  await until(() => expect(entries).toEqual(nths.map((nth) => `News ${nth}`)))
  expect(asked).toEqual(tags.map((tag) => `0 ${tag}`))
})
