import { isBoundTo } from '../push-step.ts'

/** What is used of a browser's `PushManager`. */
type Manager<Address> = {
  getSubscription(): Promise<Address | null>
  subscribe(options: {
    readonly userVisibleOnly: boolean
    readonly applicationServerKey: Uint8Array<ArrayBuffer>
  }): Promise<Address>
}
type Unsubscribable = {
  readonly options: { readonly applicationServerKey: ArrayBuffer | null }
  unsubscribe(): Promise<boolean>
}

/** The browser's push subscription for this VAPID key. One for another key cannot be used: it ends, and a new one is made. */
export async function addressFor<Address extends Unsubscribable>(
  manager: Manager<Address>,
  key: Uint8Array<ArrayBuffer>,
): Promise<Address> {
  const present = await manager.getSubscription()
  if (present && isBoundTo(present.options.applicationServerKey, key)) return present
  await present?.unsubscribe()
  const options = { userVisibleOnly: true, applicationServerKey: key }
  try {
    return await manager.subscribe(options)
  } catch (error) {
    // Push API §5.3: there is one for another key after all, made in another page or hidden from this one.
    if (!(error instanceof Error) || error.name !== 'InvalidStateError') throw error
    await (await manager.getSubscription())?.unsubscribe()
    return manager.subscribe(options)
  }
}
