import { expect, test } from 'vitest'
import { openPages } from '../../../support/browser/open-pages.ts'
import { publish, revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// What the scripts of the pages make of topics that have no label in the page's language, as the server does.

const clean = cleaning()
const texts = { be: { headline: 'Дождж' } }
const topics = ['press-freedom']

test('a label that is English for want of another says so in what scripts show', { timeout: 180_000 }, async () => {
  const { url, page, errors } = await openPages(clean, (note) => expect.fail(note))
  const inPage = <Result>(script: string) => page.evaluate(script) as Promise<Result>
  const markup = (selector: string) =>
    inPage<string[]>(`[...document.querySelectorAll('${selector}')].map((it) => it.outerHTML)`)
  const label = '<bdi lang="en" dir="ltr">Press freedom</bdi>'
  /** In whatever order the attributes stand. */
  const isChip = /^<bdi (?=[^>]*lang="en")(?=[^>]*dir="ltr")(?=[^>]*class="topic")[^>]*>Press freedom<\/bdi>$/
  await page.goto(new URL('/be/', url).href)
  await until(async () => (await inPage(`document.getElementById('connection').dataset.state`)) === 'live')
  const { alert } = await publish(url, { level: 'urgent', topics, texts })
  await until(async () => (await markup('#alerts .topic')).length === 1)
  expect((await markup('#alerts .topic'))[0]).toMatch(isChip)
  expect(await markup('#choice-form [value="press-freedom"] + bdi')).toEqual([label])

  await inPage(`(() => {
    document.querySelector('#choice-form [value="press-freedom"]').click()
    document.querySelector('#choice-form [type=submit]').click()
  })()`)
  await until(async () => (await markup('#filtered .topic')).length === 1)
  expect((await markup('#filtered .topic'))[0]).toMatch(isChip)
  expect(await markup('#push-topics bdi')).toEqual([label])
  expect(await markup('#choice-form [value="press-freedom"] + bdi')).toEqual([label])

  await page.goto(new URL(`/be/alerts/${alert.id}`, url).href)
  expect((await markup('article.whole .topic'))[0]).toMatch(isChip)
  await revise(url, alert.id, 'correction', { texts: { be: { headline: 'Снег' } }, note: { be: 'Не дождж.' } })
  await until(async () => (await inPage(`document.querySelector('h1').textContent`)) === 'Снег')
  expect((await markup('article.whole .topic'))[0]).toMatch(isChip)
  expect(errors).toEqual([])
})
