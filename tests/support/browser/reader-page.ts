import type { Page } from 'puppeteer-core'
import type { Alert } from '../../../src/domain/alert-types.ts'
import { ask } from '../processes/service.ts'
import { until } from '../push/push-deps.ts'

/** A notification as its service worker sees it. */
export type Seen = {
  readonly title: string
  readonly body: string
  readonly tag: string
  readonly lang: string
  readonly dir: string
}

/** The same with how it is shown besides. `actions`: what each button says. */
export type SeenWhole = Seen & { readonly silent: boolean; readonly icon: string; readonly actions: readonly string[] }

/** The notifications that the browser shows now, asked of its own service worker registration. */
function shown(page: Page): Promise<SeenWhole[]> {
  return page.evaluate(`navigator.serviceWorker.ready
    .then((registration) => registration.getNotifications())
    .then((all) => all.map(({ title, body, tag, lang, dir, silent, icon, actions = [] }) => ({
      title, body, tag, lang, dir,
      silent, icon: icon && new URL(icon).pathname, actions: actions.map((it) => it.title),
    })))`) as Promise<SeenWhole[]>
}

/**
 * The notifications, once the service worker has shown a version of an alert and remembers it. Looking earlier harms:
 * what is stored already and not yet on the screen is taken by Chromium for a left-over and forgotten
 * (content/browser/notifications/platform_notification_context_impl.cc), and then is never seen.
 */
export async function shownWith(page: Page, alert: Pick<Alert, 'id' | 'version'>): Promise<Seen[]> {
  const all = await wholeWith(page, alert)
  return all.map(({ title, body, tag, lang, dir }) => ({ title, body, tag, lang, dir }))
}

/** The same with how they are shown besides. */
export async function wholeWith(page: Page, { id, version }: Pick<Alert, 'id' | 'version'>): Promise<SeenWhole[]> {
  await until(async () => {
    const seen = ((await stored(page, 'seen')) ?? []) as Pick<Alert, 'id' | 'version'>[]
    return seen.some((it) => it.id === id && it.version === version)
  })
  return shown(page)
}

/** What a page and its service worker keep in the browser under a name. The database is theirs to make. */
export const stored = (page: Page, name: string): Promise<unknown> =>
  inStorage(page, 'readonly', `get(${JSON.stringify(name)})`)

/** Keeps a value as the page's form would. */
export const store = (page: Page, name: string, value: unknown): Promise<unknown> =>
  inStorage(page, 'readwrite', `put(${JSON.stringify(value)}, ${JSON.stringify(name)})`)

function inStorage(page: Page, mode: string, request: string): Promise<unknown> {
  return page.evaluate(`(async () => {
    const all = (await indexedDB.databases?.()) ?? [{ name: 'keyval-store' }]
    if (!all.some(({ name }) => name === 'keyval-store')) return undefined
    const answered = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const database = await answered(indexedDB.open('keyval-store'))
    try {
      return await answered(database.transaction('keyval', '${mode}').objectStore('keyval').${request})
    } finally {
      database.close()
    }
  })()`)
}

/** How the page's push panel stands: `off`, `on`, `denied` and the like. */
export const stateOf = (page: Page) => page.evaluate(`document.getElementById('push').dataset.state`)

/** Ticks the box for neutral notifications. */
export const chooseDiscreet = (page: Page) =>
  page.evaluate(`document.querySelector('#push-form [name=discreet]').click()`)

export const story = {
  level: 'flash',
  texts: {
    fa: { headline: 'ناظران دره را ترک کردند', summary: 'می‌گویند امن نیست.' },
    en: { headline: 'Monitors leave the valley', summary: 'They say it is not safe.' },
  },
}
export const note = { fa: 'نام دره نادرست بود.', en: 'The valley was named wrongly.' }

/** How many pushes the story would make now, by the desk's dry run. */
export async function pushedTo(url: string): Promise<number> {
  const answer = await ask(url, 'POST', '/v1/alerts?dryRun=true', story, { 'idempotency-key': 'dry-run' })
  const { audience } = (await answer.json()) as { audience: Record<string, { push: number }> }
  return Object.values(audience).reduce((sum, { push }) => sum + push, 0)
}

/** The scripts that a kept page and the page for no connection beside it may need, and those that are kept. */
export async function partsOf(
  page: Page,
  path: string,
): Promise<{ readonly named: readonly string[]; readonly kept: readonly string[] }> {
  return (await page.evaluate(`(async () => {
    const textAt = async (path) => (await (await caches.match(path))?.text()) ?? ''
    const html = await textAt('${path}') + await textAt('${path}offline')
    const names = new Set(html.match(/[\\w-]+-[A-Z0-9]{8}\\.js/g))
    for (const name of names) {
      const others = (await textAt('/assets/immutable/' + name)).match(/[\\w-]+-[A-Z0-9]{8}\\.js/g) ?? []
      // A page that has a service worker asks no mirror itself.
      for (const other of others) if (!other.startsWith('page-mirrors-')) names.add(other)
    }
    const cache = await caches.open('tocsin-parts-1')
    return { named: [...names].sort(), kept: (await cache.keys()).map(({ url }) => url.split('/').pop()).sort() }
  })()`)) as { readonly named: readonly string[]; readonly kept: readonly string[] }
}
