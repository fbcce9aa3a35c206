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
      const body = { version: 1, holdSeconds, note: { en: 'It was four.' }, texts: { en: { headline: 'Four killed' } } }
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
    const second = await correct(15)
    await until(async () => (await textOf(page, '#retract-waiting')).includes('Correction by Boris'))
    await page.locator('#retract .deliberate').click()
    await page.locator('#retract-send').click()
    await page.waitForSelector(`li[data-alert="${alert.id}"] article[data-status="retracted"]`)
    // The service's answer stands where the correction is.
    await until(async () =>
      /did not go out at its time\. ./.test(await textOf(page, `#waiting [data-item="${second}"]`)),
    )
    expect(errors).toEqual([])
  },
)
