import type { Browser } from 'puppeteer-core'
import { z } from 'zod'
import { until } from '../push/push-deps.ts'

// Firefox without the system's notifications (`alerts.useSystemBackend`) shows each in a window of its own. WebDriver BiDi
// reaches that as a context of the browser itself (`moz:scope`: chrome), and a click in it is Firefox's own.

/** A notification on the screen, as a reader sees it. */
export type DesktopNotification = { readonly title: string; readonly body: string; readonly click: () => Promise<void> }

const treeAnswer = z.object({ contexts: z.array(z.object({ context: z.string(), url: z.string() })) })
const evaluated = z.object({ type: z.literal('success'), result: z.object({ value: z.unknown() }) })
type Connection = { send: (method: string, parameters: object) => Promise<{ readonly result: unknown }> }

function connectionOf(browser: Browser): Connection {
  if (!('connection' in browser)) throw new Error('a Firefox that speaks WebDriver BiDi is wanted')
  return browser.connection as Connection
}

/** The notifications that are on the screen now. */
export async function onScreen(browser: Browser): Promise<readonly DesktopNotification[]> {
  const connection = connectionOf(browser)
  const evaluate = async (context: string, expression: string) => {
    const answer = await connection.send('script.evaluate', { expression, target: { context }, awaitPromise: false })
    return String(evaluated.parse(answer.result).result.value ?? '')
  }
  const { result } = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' })
  const windows = treeAnswer.parse(result).contexts.filter(({ url }) => url.endsWith('/alert.xhtml'))
  const seen = await Promise.all(
    windows.map(async ({ context }) => {
      const text = (id: string) =>
        evaluate(
          context,
          `((it) => it?.textContent || it?.getAttribute('value') || '')(document.getElementById('${id}'))`,
        )
      const click = async () => {
        await evaluate(
          context,
          `{ const { x, y, width, height } = document.getElementById('alertTitleLabel').getBoundingClientRect()
             for (const type of ['mousedown', 'mouseup'])
               window.synthesizeMouseEvent(type, x + width / 2, y + height / 2, { button: 0, clickCount: 1 }, {}) }`,
        )
      }
      try {
        return [{ title: await text('alertTitleLabel'), body: await text('alertTextLabel'), click }]
      } catch (error) {
        // It closed between two looks: replaced, or its time is over.
        if (String(error).includes('no such frame')) return []
        throw error
      }
    }),
  )
  return seen.flat()
}

/** The notification with this title, once it is on the screen. */
export async function notificationOf(browser: Browser, title: string): Promise<DesktopNotification> {
  let found: DesktopNotification | undefined
  await until(async () => {
    found = (await onScreen(browser)).find((it) => it.title === title)
    return found !== undefined
  })
  if (found === undefined) throw new Error('it was seen')
  return found
}
