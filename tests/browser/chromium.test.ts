import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import webPush from 'web-push'
import { chooseDiscreet, note, pushedTo, shownWith, stateOf, story } from '../support/browser/reader-page.ts'
import { openChromium } from '../support/browser/subscribed-browsers.ts'
import { ask, freePort, publish, revise } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()

const patient = { timeout: 180_000 }

const setUp = (skip: (note: string) => never, env: Record<string, string> = {}) => openChromium(clean, skip, { env })

test(
  'a real Chromium subscribes with a click, shows an alert, then its correction in its place, then that it was retracted',
  patient,
  async ({ skip }) => {
    const { service, fcm, tocsin, page } = await setUp(skip)
    expect(fcm.tokens.size, 'nothing is asked for before the click').toBe(0)
    await page.click('#subscribe')
    await until(async () => (await stateOf(page)) === 'on')
    expect(fcm.tokens.size).toBe(1)

    const { alert } = await publish(tocsin.url, story)
    const first = { title: 'ناظران دره را ترک کردند', body: 'می‌گویند امن نیست.', lang: 'fa', dir: 'rtl', tag: alert.id }
    expect(await shownWith(page, alert)).toEqual([first])

    const corrected = await revise(tocsin.url, alert.id, 'correction', {
      note,
      texts: { fa: { headline: 'ناظران کوه را ترک کردند', summary: '' } },
    })
    expect(await shownWith(page, corrected.alert)).toEqual([
      { ...first, title: 'اصلاحیه: ناظران کوه را ترک کردند', body: 'نام دره نادرست بود.' },
    ])

    const retracted = await revise(tocsin.url, alert.id, 'retraction', { note })
    expect(await shownWith(page, retracted.alert)).toMatchObject([{ title: expect.stringMatching(/^پس گرفته شد: /) }])
    expect(service.counterTotals.map(({ host }) => host)).toEqual(Array(3).fill('jmt17.google.com'))
    expect(new Set(service.counterTotals.map(({ headers }) => headers.topic)).size, 'one alert has one Topic').toBe(1)

    await page.click('#unsubscribe')
    await until(async () => (await stateOf(page)) === 'off' && fcm.tokens.size === 0)
    await until(async () => (await pushedTo(tocsin.url)) === 0)
    expect(tocsin.error()).toBe('')
  },
)

test('a discreet reader on Chromium sees that there is something and not what', patient, async ({ skip }) => {
  const { tocsin, page } = await setUp(skip)
  await chooseDiscreet(page)
  await page.click('#subscribe')
  await until(async () => (await stateOf(page)) === 'on')
  const { alert } = await publish(tocsin.url, story)
  expect(await shownWith(page, alert)).toMatchObject([{ title: 'یک مورد تازه', body: '' }])
})

test('a page opened again keeps its subscription: no second registration, one row', patient, async ({ skip }) => {
  const { fcm, tocsin, page } = await setUp(skip)
  await page.click('#subscribe')
  await until(async () => (await stateOf(page)) === 'on')
  const tokens = [...fcm.tokens.keys()]
  await page.reload()
  await until(async () => (await stateOf(page)) === 'on')
  const { alert } = await publish(tocsin.url, story)
  expect(await shownWith(page, alert)).toHaveLength(1)
  expect([...fcm.tokens.keys()]).toEqual(tokens)
  expect(await pushedTo(tocsin.url)).toBe(1)
})

test(
  'after the newsroom has made a new VAPID key, the next visit moves the browser to it and leaves one row',
  patient,
  async ({ skip }) => {
    const env = { PORT: await freePort() }
    const { service, fcm, folder, tocsin, page } = await setUp(skip, env)
    await page.click('#subscribe')
    await until(async () => (await stateOf(page)) === 'on')
    const [former] = [...fcm.tokens.values()]
    await tocsin.end('SIGTERM')

    const { publicKey, privateKey } = webPush.generateVAPIDKeys()
    const keys = { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }
    const again = await startPushing(folder, service, { ...env, ...keys })
    clean(() => again.end('SIGTERM'))
    const { alert } = await publish(again.url, story)
    expect(await shownWith(page, alert)).toHaveLength(1)
    expect(service.counterTotals[0]?.headers.authorization, 'the former key serves').toContain(`k=${former?.sender}`)

    await page.reload()
    await until(async () => {
      const answer = await ask(again.url, 'GET', '/v1/desk/push')
      const { keyIds, subscriptionsByKey } = (await answer.json()) as { keyIds: string[]; subscriptionsByKey: object }
      return isDeepStrictEqual(subscriptionsByKey, { [String(keyIds[0])]: 1 })
    })
    expect([...fcm.tokens.values()].map(({ sender }) => sender)).toEqual([publicKey])
    const corrected = await revise(again.url, alert.id, 'correction', { note })
    expect(await shownWith(page, corrected.alert)).toMatchObject([{ body: note.fa }])
    expect(service.counterTotals.at(-1)?.headers.authorization).toContain(`k=${publicKey}`)
    expect(await pushedTo(again.url)).toBe(1)
  },
)
