import type { Page } from 'puppeteer-core'
import { until } from '../push/push-deps.ts'
import { stateOf, stored } from './reader-page.ts'

/** What the push panel says now: its message, and the parts of the help page that it shows. */
export const panelSays = (page: Page) =>
  page.evaluate(
    `['push-message', 'push-help'].map((id) => document.getElementById(id).innerText).join(' ').trim()`,
  ) as Promise<string>

/** Waits until the panel says something. */
export const untilPanelSays = (page: Page, said: RegExp) => until(async () => said.test(await panelSays(page)))

export const untilState = (page: Page, state: string) => until(async () => (await stateOf(page)) === state)

/** Loads the page anew and waits for a state of the panel. */
export async function visitAgain(page: Page, state: string): Promise<void> {
  await page.reload()
  await untilState(page, state)
}

/** Deletes this browser's subscription on the server, as if the server had lost it. */
export async function loseOnServer(page: Page): Promise<void> {
  const { id, token } = (await stored(page, 'subscription')) as { readonly id: string; readonly token: string }
  const headers = JSON.stringify({ Authorization: `Bearer ${token}` })
  await page.evaluate(
    `fetch('/v1/subscriptions/${id}', { method: 'DELETE', headers: ${headers} }).then(() => undefined)`,
  )
}
