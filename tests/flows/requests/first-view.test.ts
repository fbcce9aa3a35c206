import { once } from 'node:events'
import http from 'node:http'
import { expect, test } from 'vitest'
import { answerBytesMax } from '../../../src/http/pages/list/list-budget.ts'
import { newsTexts, seeded } from '../../support/newsroom/news-texts.ts'
import { publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// What a real service sends for its lists of alerts, counted at the socket.

const clean = cleaning()

/** The bytes of an answer with its head, as they come, and where its list goes on. */
async function received(url: string, coding: string): Promise<number> {
  const request = http.get(url, { headers: { 'Accept-Encoding': coding }, agent: false })
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  expect([answer.statusCode, answer.headers['content-encoding']]).toEqual([200, coding])
  answer.resume()
  await once(answer, 'end')
  return answer.socket.bytesRead
}

test('lists of alerts come in fewer bytes than a freezing network lets pass, head and all', async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const text = newsTexts('fa', seeded(15))
  for (let nth = 0; nth < 50; nth += 1)
    await publish(service.url, { level: 'routine', texts: { fa: text({ headline: 50, summary: 95 }) } })
  const html = await (await fetch(new URL('/fa/', service.url))).text()
  const older = /href="([^"]*)" rel="next"/.exec(html)?.[1]
  expect(older, 'the page leads on').toBeDefined()
  for (const path of ['/fa/', `/fa/${older}`]) {
    const address = new URL(path, service.url).href
    // The built-in newsroom has many languages: the least number of alerts just reaches the limit.
    const most = path === '/fa/' ? 1.02 * answerBytesMax : answerBytesMax
    expect(await received(address, 'br')).toBeLessThanOrEqual(most)
    expect(await received(address, 'gzip')).toBeLessThanOrEqual(1.2 * answerBytesMax)
  }
})
