import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  focusOn,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../../support/browser/desk-page.ts'
import { ask, english, newKey, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }

test(
  'who takes an alert back hears of a correction that counts down; cancelled or refused, it says so itself',
  patient,
  async ({ skip }) => {
    const browser = await launched('chromium', cleanAtEnd, skip)
    const { url } = await serviceForDesk(clean)
    const boris = await newEditor(url, 'Boris')
    const { page, errors, close } = await deskOf(browser, url)
    clean(close)
    const { alert } = await publish(url, { ...english('Five killed'), level: 'urgent', holdSeconds: 0 })
    const correct = async (holdSeconds: number) => {
      const { alert: now } = (await (await ask(url, 'GET', `/v1/alerts/${alert.id}`)).json()) as {
        alert: { version: number }
      }
      const body = {
        version: now.version,
        holdSeconds,
        note: { en: 'It was four.' },
        texts: { en: { headline: `Four killed (${holdSeconds})` } },
      }
      const headers = { authorization: `Bearer ${boris.key}`, 'idempotency-key': newKey() }
      const answer = await ask(url, 'POST', `/v1/alerts/${alert.id}/correction`, body, headers)
      return ((await answer.json()) as { item: { id: string } }).item.id
    }
    const first = await correct(900)
    await page.waitForSelector('#held')
    await focusOn(page, 'Retract', alert.id)
    await page.keyboard.press('Enter')
    await until(() => isOpen(page, 'retract'))
    expect(await textOf(page, '#retract-waiting')).toBe(
      'This has not gone out yet. Once the alert is retracted, it cannot:\n\nCorrection by Boris: its countdown runs',
    )
    // It follows what becomes of it while the dialog is open.
    await ask(
      url,
      'POST',
      `/v1/desk/items/${first}/cancel`,
      {},
      { authorization: `Bearer ${boris.key}`, 'idempotency-key': newKey() },
    )
    await until(async () => (await textOf(page, '#retract-waiting')) === '')
    const noMore = 'Correction by Boris: it does not wait any more, and it has not gone out.'
    await until(async () => (await textOf(page, '#retract-news')) === noMore)
    // What goes out meanwhile is read out, and asked about again.
    await page.locator('#retract .deliberate').click()
    await correct(2)
    await until(async () => (await textOf(page, '#retract-news')).includes('read what changed, and tick the box again'))
    expect(await page.evaluate(`document.querySelector('#retract .deliberate input').checked`)).toBe(false)
    expect(await textOf(page, '#retract-changed')).toContain('Boris')
    const second = await correct(900)
    await until(async () => (await textOf(page, '#retract-waiting')).includes('Correction by Boris'))
    await page.locator('#retract .deliberate').click()
    await page.locator('#retract-send').click()
    await page.waitForSelector(`li[data-alert="${alert.id}"] article[data-status="retracted"]`)
    // Nothing counts down any more, and why stands where the correction is, with nothing that cannot be done.
    await until(async () => (await textOf(page, `#waiting [data-item="${second}"]`)).includes('retracted the alert at'))
    expect(await page.$('#held')).toBeNull()
    expect(await textOf(page, `#waiting [data-item="${second}"]`)).not.toContain('Look and publish')
    // A draft that changes it is kept, says so and is not offered.
    await page.evaluate(`document.querySelector('#waiting [data-item="${second}"] button').click()`)
    await until(async () => (await textOf(page, '#compose-retracted')).includes('can never be sent'))
    expect(await page.evaluate(`getComputedStyle(document.getElementById('preview')).display`)).toBe('none')
    await page.keyboard.down('Control')
    await page.keyboard.press('Enter')
    await page.keyboard.up('Control')
    expect(await page.evaluate('document.activeElement.id')).toBe('compose-retracted')
    expect(errors).toEqual([])
  },
)
