import { call } from '../desk-api.ts'
import { storageOf } from '../items/browser-notices.ts'
import { deskLanguage } from '../state/desk-words.ts'
import { DeskPush, type PushBrowser } from './desk-push.ts'

const showMsMax = 15_000
const lookMs = 200

/** Notifications of the desk in this browser. */
export function deskPush(): DeskPush {
  return new DeskPush({ browser: pushBrowser(), ask: call, storage: storageOf(), language: deskLanguage() })
}

/** The pushes of this browser to the desk, by a service worker of its own; null: it has none. */
function pushBrowser(): PushBrowser | null {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis) || !('Notification' in globalThis)) return null
  const registered = () => navigator.serviceWorker.register('/assets/desk-worker.js', { scope: '/desk' })
  return {
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    async address() {
      const registration = await navigator.serviceWorker.getRegistration('/desk')
      return registration?.scope.endsWith('/desk') ? registration.pushManager.getSubscription() : null
    },
    async subscribe(applicationServerKey) {
      const registration = await registered()
      await active(registration)
      return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
    },
  }
}

/** Resolves when its worker runs: before, a browser gives no address. */
async function active({ installing, waiting, active: running }: ServiceWorkerRegistration): Promise<void> {
  const worker = installing ?? waiting
  if (running !== null || worker === null) return
  await new Promise<void>((resolve) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated' || worker.state === 'redundant') resolve()
    })
  })
}

/** Shows the item that a notification was about: of a page that it has opened, and of one that was open. */
export function followNotifications(): void {
  showItem(location.hash)
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (typeof data?.show === 'string') showItem(data.show)
  })
}

/** Gives the focus to an item of the list, once it is there. Over an open dialog it is left alone. */
function showItem(hash: string): void {
  const id = /^#item-([\w-]+)$/.exec(hash)?.[1]
  if (id === undefined) return
  const until = Date.now() + showMsMax
  const look = () => {
    const item = document.querySelector(`[data-item="${id}"]`)
    if (document.querySelector('dialog[open]') !== null) return
    if (item === null) return void (Date.now() < until && setTimeout(look, lookMs))
    item.scrollIntoView({ block: 'center' })
    item.querySelector<HTMLButtonElement>('button.main, button')?.focus()
  }
  look()
}
