import type { Webhooks } from '../../desk/webhooks/webhooks.ts'
import type { EditorBrowsers } from '../../push/editors/editor-browsers.ts'
import { serviceNotices } from './service-notices.ts'
import { serviceWebhooks } from './webhooks/service-webhooks.ts'

type Deps = Parameters<typeof serviceWebhooks>[0] & Parameters<typeof serviceNotices>[0]

/** Whom the desk tells besides its open pages: other programs, and editors in their own browsers. */
export type Telling = {
  readonly webhooks: Webhooks
  readonly browsers: EditorBrowsers
  /** In the process that sends. Gives the function that ends it, which resolves when nothing is under way. */
  start(): () => Promise<void>
}

/** Makes them for this process. */
export function tellOthers(deps: Deps): Telling {
  const webhooks = serviceWebhooks(deps)
  const notices = serviceNotices(deps)
  return {
    webhooks: webhooks.admin,
    browsers: notices.browsers,
    start() {
      const stops = [webhooks.start(), notices.start()]
      return async () => void (await Promise.all(stops.map((stop) => stop())))
    },
  }
}
