import { expect, test } from 'vitest'
import { chooseDiscreet, note, pushedTo, shownWith, stateOf, story } from '../support/browser/reader-page.ts'
import { openFirefox } from '../support/browser/subscribed-browsers.ts'
import { publish, revise } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()

const setUp = (skip: (note: string) => never) => openFirefox(clean, skip)

test('a real Firefox subscribes with a click, shows an alert, then its correction in its place, then that it was retracted', async ({
  skip,
}) => {
  const { service, autopush, tocsin, page } = await setUp(skip)
  expect(autopush.channels.size, 'nothing is asked for before the click').toBe(0)
  await page.click('#subscribe')
  await until(async () => (await stateOf(page)) === 'on')
  expect(autopush.channels.size).toBe(1)

  const { alert } = await publish(tocsin.url, story)
  const first = { title: 'ناظران دره را ترک کردند', body: 'می‌گویند امن نیست.', lang: 'fa', dir: 'rtl' }
  const [seen, ...others] = await shownWith(page, alert)
  expect(others).toEqual([])
  expect(seen).toMatchObject(first)

  const corrected = await revise(tocsin.url, alert.id, 'correction', {
    note,
    texts: { fa: { headline: 'ناظران کوه را ترک کردند', summary: '' } },
  })
  expect(await shownWith(page, corrected.alert)).toEqual([
    { ...first, tag: seen?.tag, title: 'اصلاحیه: ناظران کوه را ترک کردند', body: 'نام دره نادرست بود.' },
  ])

  const retracted = await revise(tocsin.url, alert.id, 'retraction', { note })
  expect(await shownWith(page, retracted.alert)).toMatchObject([{ title: expect.stringMatching(/^پس گرفته شد: /) }])

  await until(() => autopush.acks.length >= 3)
  expect(autopush.acks.map(({ code }) => code)).toEqual([100, 100, 100])
  expect(new Set(service.counterTotals.map(({ headers }) => headers.topic)).size, 'one alert has one Topic').toBe(1)
  expect(new Set(service.counterTotals.map(({ body }) => body.length)).size, 'every push is as long').toBe(1)
  expect(service.counterTotals.every(({ headers }) => headers.urgency === 'high')).toBe(true)

  await page.click('#unsubscribe')
  await until(async () => (await stateOf(page)) === 'off' && autopush.channels.size === 0)
  await until(async () => (await pushedTo(tocsin.url)) === 0)
  expect(tocsin.error()).toBe('')
}, 180_000)

test('a discreet reader sees that there is something and not what', async ({ skip }) => {
  const { tocsin, page } = await setUp(skip)
  await chooseDiscreet(page)
  await page.click('#subscribe')
  await until(async () => (await stateOf(page)) === 'on')
  const { alert } = await publish(tocsin.url, story)
  expect(await shownWith(page, alert)).toMatchObject([{ title: 'یک مورد تازه', body: '' }])
}, 180_000)
