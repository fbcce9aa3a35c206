import { expect, test } from 'vitest'
import { loseOnServer, panelSays, untilPanelSays, untilState, visitAgain } from '../../support/browser/push-panel.ts'
import { pushedTo, shownWith, stored, story } from '../../support/browser/reader-page.ts'
import { openChromium } from '../../support/browser/subscribed-browsers.ts'
import { freePort, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const patient = { timeout: 180_000 }

async function setUp(skip: (note: string) => never, permission: 'granted' | 'denied' = 'granted') {
  const env = { PORT: await freePort() }
  const opened = await openChromium(clean, skip, { env, path: null, permission })
  const { page, tocsin } = opened
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  const open = async (path: string, state: string) => {
    await page.goto(new URL(path, tocsin.url).href)
    await untilState(page, state)
  }
  return { ...opened, asked, open }
}

const often = `document.getElementById('push-often').textContent`
const order = `[...document.querySelectorAll('#push-languages bdi')].map((it) => it.lang).join()`

test('the button says what comes and how often; languages go in the reader’s order', patient, async ({ skip }) => {
  const { tocsin, page, open, asked } = await setUp(skip)
  await publish(tocsin.url, story)
  await publish(tocsin.url, { level: 'routine', texts: { en: { headline: 'Rain' } } })
  await open('/en/', 'off')
  await until(async () => (await page.evaluate(often)) === 'Urgent news and flashes · In the last 7 days: 1')
  expect(
    asked.filter((path) => /push-help|device-form|notifications/.test(path)),
    'no tap, no more',
  ).toEqual([])
  await page.select('#push-form [name=level]', 'routine')
  expect(await page.evaluate(often)).toBe('Everything · In the last 7 days: 2')
  await publish(tocsin.url, { level: 'routine', texts: { en: { headline: 'More rain' } } })
  await until(async () => (await page.evaluate(often)) === 'Everything · In the last 7 days: 3')

  await page.evaluate(`(() => {
    document.getElementById('choice').open = true
    for (const box of document.querySelectorAll('#choice-form [name=languages]')) if (box.value === 'fa') box.click()
    document.querySelector('#choice-form [type=submit]').click()
  })()`)
  await until(async () => (await page.evaluate(order)) === 'en,fa')
  await page.click('#push-languages button')
  expect(await page.evaluate(order)).toBe('fa,en')
  await page.click('#subscribe')
  await untilState(page, 'on')
  expect(await stored(page, 'subscription')).toMatchObject({
    preferences: { languages: ['fa', 'en'], level: 'routine' },
  })
  const { alert } = await publish(tocsin.url, story)
  expect(await shownWith(page, alert)).toMatchObject([{ lang: 'fa' }])
  await page.click('#push-languages button')
  await until(async () => JSON.stringify(await stored(page, 'subscription')).includes('["en","fa"]'))
  await visitAgain(page, 'on')
  expect(await page.evaluate(order)).toBe('en,fa')
  expect(await page.evaluate(`document.getElementById('last-came').textContent`)).toMatch(
    /^Last notification: .* · Nothing since\.$/,
  )
})

test('a test comes and is said to have come; what the server lost is made anew', patient, async ({ skip }) => {
  const { tocsin, page, open, fcm } = await setUp(skip)
  await open('/en/', 'off')
  await page.click('#subscribe')
  await untilState(page, 'on')
  expect(await page.evaluate(`document.getElementById('last-came').textContent`)).toBe(
    'No notification has come to this device yet.',
  )
  await page.click('#test-push')
  await untilPanelSays(page, /^The test has come\.$/)
  await loseOnServer(page)
  expect(await pushedTo(tocsin.url)).toBe(0)
  await page.click('#test-push')
  await untilPanelSays(
    page,
    /^The test has come\. The push address of this browser was not valid any more\. It was renewed\.$/,
  )
  expect(await pushedTo(tocsin.url)).toBe(1)
  await loseOnServer(page)
  await visitAgain(page, 'on')
  await until(async () => (await pushedTo(tocsin.url)) === 1)
  expect(fcm.tokens.size).toBe(1)
})

test(
  'a reader leaves while the server is away: the browser forgets at once, the server at the next visit',
  patient,
  async ({ skip }) => {
    const { tocsin, start, page, open, fcm } = await setUp(skip)
    await open('/en/', 'off')
    await page.click('#subscribe')
    await untilState(page, 'on')
    await tocsin.end('SIGKILL')
    await page.click('#unsubscribe')
    await untilState(page, 'off')
    await untilPanelSays(page, /^Notifications are off\. The rest follows at your next visit/)
    await until(() => fcm.tokens.size === 0)
    const again = await start()
    expect(await pushedTo(again.url)).toBe(1)
    await visitAgain(page, 'off')
    await until(async () => (await pushedTo(again.url)) === 0)
    expect(await panelSays(page)).toBe('')
    expect(await stored(page, 'subscription-ending')).toEqual([])
  },
)

test(
  'blocked notifications come with the way to undo it in this browser, in the page’s language',
  patient,
  async ({ skip }) => {
    const { page, open } = await setUp(skip, 'denied')
    await open('/en/', 'denied')
    await untilPanelSays(
      page,
      /^Click the sign left of the address, switch on “Notifications”(?:.|\n)*In a private window/,
    )
    await open('/fa/', 'denied')
    await untilPanelSays(page, /^روی نشانهٔ سمت چپ نشانی کلیک کنید/)
  },
)

test(
  'each failure of turning notifications on has its words, and nothing stays on the server',
  patient,
  async ({ skip }) => {
    const { tocsin, page, open, fcm } = await setUp(skip)
    await open('/en/', 'off')
    const fails = async (script: string, said: RegExp) => {
      await page.evaluate(script)
      await page.click('#subscribe')
      await untilPanelSays(page, said)
      expect(await page.evaluate(`document.getElementById('push').dataset.state`)).toBe('off')
      expect([await pushedTo(tocsin.url), fcm.tokens.size]).toEqual([0, 0])
    }
    const answering = (status: number, code: string) => `window.realFetch = window.realFetch || fetch
    window.fetch = (path, init) => path === '/v1/subscriptions'
      ? Promise.resolve(Response.json({ code: '${code}' }, { status: ${status} }))
      : realFetch(path, init)`
    await fails(answering(429, 'too-many-from-here'), /^Many subscribe from this network/)
    await fails(answering(503, 'too-many-at-once'), /^Many subscribe from this network/)
    await fails(answering(503, 'cannot-store'), /^Our server could not take it/)
    await fails(answering(400, 'endpoint-refused'), /^Our server may not send/)
    await fails(
      `window.fetch = (path, init) => path === '/v1/subscriptions' ? Promise.reject(new TypeError()) : realFetch(path, init)`,
      /^That did not work\. Check the connection/,
    )
    await fails(
      `window.fetch = realFetch; PushManager.prototype.realSubscribe = PushManager.prototype.subscribe
    PushManager.prototype.subscribe = async () => { throw new DOMException('no', 'AbortError') }`,
      /^Your browser could not reach its maker’s push service/,
    )
    await fails(`Notification.requestPermission = async () => 'default'`, /^The browser’s question was closed/)
    await page.evaluate(
      `Notification.requestPermission = async () => 'granted'; PushManager.prototype.subscribe = PushManager.prototype.realSubscribe`,
    )
    await page.click('#subscribe')
    await untilState(page, 'on')
    expect([await panelSays(page), await pushedTo(tocsin.url)]).toEqual(['', 1])
  },
)

test(
  'discreet mode hides the page at once and on every visit; the device’s choices are kept',
  patient,
  async ({ skip }) => {
    const { page, open, tocsin } = await setUp(skip)
    await open('/fa/', 'off')
    const title = await page.title()
    const hidden = () =>
      page.evaluate(
        `[document.title, ...[...document.querySelectorAll('link[rel=icon], link[rel=manifest]')].map((it) => it.getAttribute('href'))]`,
      )
    await page.click('#push-form [name=discreet]')
    await until(async () => (await page.title()) === 'یادداشت‌ها')
    expect(await hidden()).toEqual(['یادداشت‌ها', '/icons/neutral-192.png', '/fa/discreet.webmanifest'])
    await page.click('#subscribe')
    await untilState(page, 'on')
    expect(await stored(page, 'device-choices')).toMatchObject({ discreet: true, discreetTitle: 'یک مورد تازه' })
    const { alert } = await publish(tocsin.url, story)
    expect(await shownWith(page, alert)).toMatchObject([{ title: 'یک مورد تازه', body: '' }])
    await visitAgain(page, 'on')
    expect(await page.title()).toBe('یادداشت‌ها')

    await page.evaluate(`document.getElementById('device').open = true`)
    await page.waitForSelector('#device-form')
    await page.evaluate(`(() => {
    const { elements } = document.getElementById('device-form')
    elements.namedItem('quietFrom').value = '23:00'
    elements.namedItem('dailyMax').value = '5'
    document.querySelector('#device-form [type=submit]').click()
  })()`)
    await until(async () =>
      /هر دو ساعت/.test(String(await page.evaluate(`document.getElementById('device-message').textContent`))),
    )
    expect(await page.evaluate(`document.activeElement.name`)).toBe('quietTo')
    await page.evaluate(`(() => {
    document.getElementById('device-form').elements.namedItem('quietTo').value = '06:30'
    document.querySelector('#device-form [type=submit]').click()
  })()`)
    await until(
      async () =>
        (await page.evaluate(`document.getElementById('device-message').textContent`)) === 'روی این دستگاه ذخیره شد.',
    )
    expect(await stored(page, 'device-choices')).toMatchObject({
      quietFrom: '23:00',
      quietTo: '06:30',
      dailyMax: 5,
      flashPasses: true,
      discreet: true,
    })

    await page.click('#push-form [name=discreet]')
    await until(async () => (await page.title()) === title)
    await visitAgain(page, 'on')
    expect(await page.title()).toBe(title)
    expect(await stored(page, 'device-choices')).toMatchObject({ discreet: false, quietFrom: '23:00' })
    expect(await page.evaluate(`document.querySelector('#push-form [name=discreet]').checked`)).toBe(false)
  },
)

test('discreet holds on the device when the server cannot be told', patient, async ({ skip }) => {
  const { page, open } = await setUp(skip)
  await open('/en/', 'off')
  await page.click('#subscribe')
  await untilState(page, 'on')
  await page.evaluate(`window.fetch = () => Promise.reject(new TypeError())`)
  await page.click('#push-form [name=discreet]')
  await untilPanelSays(page, /^Hidden on this device/)
  expect(await stored(page, 'device-choices')).toMatchObject({ discreet: true, discreetTitle: 'One new item' })
  await visitAgain(page, 'on')
  await until(async () => {
    // Sending it again may give another token.
    const { id, token } = (await stored(page, 'subscription')) as { id: string; token: string }
    const told = `fetch('/v1/subscriptions/${id}', { headers: { Authorization: 'Bearer ${token}' } }).then((it) => it.json())`
    return ((await page.evaluate(told)) as { discreet?: boolean }).discreet === true
  })
})
