import { describe, expect, test } from 'vitest'
import { english, publish } from '../../support/processes/service.ts'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'

const feed = '/feeds/en.atom'
const dayMs = 86_400_000
const rfc850 = (date: Date) => {
  const [, day, month, year, time] = date.toUTCString().split(' ')
  const name = date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
  return `${name}, ${day}-${month}-${year?.slice(2)} ${time} GMT`
}
const asctime = (date: Date) => {
  const [name, day, month, year, time] = date.toUTCString().split(' ')
  return `${name?.slice(0, 3)} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}`
}

/** What those have who ask again: entity tags and dates (RFC 9110 §13), and the id of a last event. */
export function conditionalRules(url: () => string, platform: boolean): void {
  async function ask(target: string, lines: readonly string[], method = 'GET') {
    const peer = await peerAt(
      url(),
      requestText(target, [`Host: ${new URL(url()).host}`, 'Connection: close', ...lines], { method }),
    )
    try {
      await expect.poll(() => answersIn(peer.said(), { bodiless: method === 'HEAD' }).answers.length).toBe(1)
      const [answer] = answersIn(peer.said(), { bodiless: method === 'HEAD' }).answers
      return answer ?? { status: 0, headers: new Map<string, string>(), body: '' }
    } finally {
      peer.socket.destroy()
    }
  }

  describe('who asks again', () => {
    let tag = ''
    let modified = new Date(0)

    let learning: Promise<void> | null = null
    /** What is asked with: once for all. */
    function learn(): Promise<void> {
      learning ??= (async () => {
        await publish(url(), english('Known already'))
        // A date is told once its second has passed.
        for (let told: string | undefined; told === undefined; ) {
          await new Promise((resolve) => setTimeout(resolve, 200))
          const { headers } = await ask(feed, ['Cookie: tocsin-desk=fresh'])
          told = headers.get('last-modified')
          tag = headers.get('etag') ?? ''
          modified = new Date(told ?? 0)
        }
        expect(tag).toMatch(/^(?:W\/)?"[^"]+"$/)
      })()
      return learning
    }

    const secondBefore = () => new Date(modified.getTime() - 1_000)
    test.each<[string, () => string[], number]>([
      ['the tag', () => [`If-None-Match: ${tag}`], 304],
      ['the tag as a weak one', () => [`If-None-Match: W/${tag.replace('W/', '')}`], 304],
      ['a list with the tag', () => [`If-None-Match: "a",${tag} , "b"`], 304],
      ['a list with the weak tag', () => [`If-None-Match: "a", W/${tag.replace('W/', '')}`], 304],
      ['a second line with the tag', () => ['If-None-Match: "a"', `If-None-Match: ${tag}`], 304],
      ['any tag', () => ['If-None-Match: *'], 304],
      ['another tag', () => ['If-None-Match: "a"'], 200],
      ['a tag that begins like it', () => [`If-None-Match: ${tag.slice(0, -2)}"`], 200],
      ['the tag without its quotes', () => [`If-None-Match: ${tag.replace(/^W\/|"/g, '')}`], 200],
      ['an empty list', () => ['If-None-Match:'], 200],
      ['the date', () => [`If-Modified-Since: ${modified.toUTCString()}`], 304],
      [
        // A log that was restored from a backup is of an earlier date, and has lost what the reader saw.
        'the date of the day after',
        () => [`If-Modified-Since: ${new Date(modified.getTime() + dayMs).toUTCString()}`],
        200,
      ],
      ['the date as RFC 850 has it', () => [`If-Modified-Since: ${rfc850(modified)}`], 304],
      ['the date as asctime prints it', () => [`If-Modified-Since: ${asctime(modified)}`], 304],
      ['the second before', () => [`If-Modified-Since: ${secondBefore().toUTCString()}`], 200],
      ['the second before, as RFC 850 has it', () => [`If-Modified-Since: ${rfc850(secondBefore())}`], 200],
      ['the second before, as asctime prints it', () => [`If-Modified-Since: ${asctime(secondBefore())}`], 200],
      ['a year', () => ['If-Modified-Since: 2099'], 200],
      [
        'a time as ISO 8601 has it',
        () => [`If-Modified-Since: ${new Date(modified.getTime() + dayMs).toISOString()}`],
        200,
      ],
      ['a number', () => ['If-Modified-Since: 4102444800'], 200],
      ['a word', () => ['If-Modified-Since: tomorrow'], 200],
      ['a day that its month does not have', () => ['If-Modified-Since: Wed, 31 Feb 2099 00:00:00 GMT'], 200],
      ['a date with a zone', () => ['If-Modified-Since: Fri, 01 Jan 2100 00:00:00 +0000'], 200],
      ['no date', () => ['If-Modified-Since:'], 200],
      [
        'the tag and an old date',
        () => [`If-None-Match: ${tag}`, 'If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT'],
        304,
      ],
      ['another tag and the date', () => ['If-None-Match: "a"', `If-Modified-Since: ${modified.toUTCString()}`], 200],
    ])('with %s', async (_, lines, status) => {
      await learn()
      for (const method of ['GET', 'HEAD']) {
        // With a session's cookie nothing is kept by the platform, whose own cache would answer in our place.
        const { headers, ...answer } = await ask(feed, [...lines(), 'Cookie: tocsin-desk=fresh'], method)
        expect([method, answer.status]).toEqual([method, status])
        expect(headers.get('etag')?.replace('W/', '')).toBe(tag.replace('W/', ''))
        expect(headers.get('cache-control')).toMatch(/max-age/)
        expect(headers.get('access-control-allow-origin')).toBe('*')
        if (status === 304) expect([answer.body, headers.get('content-type')]).toEqual(['', undefined])
      }
    })

    test.each(['/v1/newsroom', '/v1/alerts?languages=en', '/feeds/en.json', '/en/'])(
      'at %s the tag is known, weak, in a list and as *, and no other',
      async (target) => {
        const { headers } = await ask(target, ['Cookie: tocsin-desk=fresh'])
        const own = headers.get('etag') ?? ''
        const statuses = []
        for (const value of [own, `W/${own.replace('W/', '')}`, `"x", ${own}`, '*', '"x"'])
          statuses.push((await ask(target, [`If-None-Match: ${value}`, 'Cookie: tocsin-desk=fresh'])).status)
        expect([own !== '', statuses]).toEqual([true, [304, 304, 304, 304, 200]])
      },
    )
  })

  test.each([
    'x',
    'caf\u00c3\u00a9',
    '\u00ff\u00fe',
    'e.x',
    '1700000000-0',
    '{"a":1}',
    'a b',
    'k'.repeat(300),
    'zzzz.1',
  ])(
    'the last event %j came from elsewhere: a reset, on both streams, and no refusal that would end them',
    async (id) => {
      const lines = [`Host: ${new URL(url()).host}`, `Last-Event-ID: ${id}`]
      const shake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
      const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
      const texts = [
        requestText('/v1/events', lines),
        requestText('/v1/socket', [...lines, ...shake, key]),
        ...(platform ? [] : [requestText(`/v1/events?lastEventId=${encodeURIComponent(id)}`, lines.slice(0, 1))]),
      ]
      for (const text of texts) {
        const peer = await peerAt(url(), Buffer.from(text, 'latin1'))
        try {
          await expect.poll(peer.said).toMatch(/"reason":"log-changed"/)
          expect(peer.said()).toMatch(/^HTTP\/1\.1 (?:200|101) /)
        } finally {
          peer.socket.destroy()
        }
      }
    },
  )
}
