/** The state when a reader opens the page. */
export type PushState = {
  readonly permission: 'default' | 'denied' | 'granted'
  /** Null: the browser has no push address. */
  readonly address: { readonly key: ArrayBuffer | null } | null
  /** The newsroom's present VAPID key. */
  readonly newsroomKey: Uint8Array
  /** Whether this browser has subscribed here and not unsubscribed. */
  readonly isSaved: boolean
}

/**
 * What to do on a visit: `on` keeps the subscription and sends it to the server again; `renew` makes a new one, because the
 * newsroom has another key now (RFC 8292 §4.2: an address is bound to its key) or because the browser has lost the old
 * one without an event; `off` offers to subscribe; `denied` explains how to undo that.
 */
export function pushStep({ permission, address, newsroomKey, isSaved }: PushState): 'on' | 'renew' | 'off' | 'denied' {
  if (permission === 'denied') return 'denied'
  if (permission !== 'granted') return 'off'
  if (address === null) return isSaved ? 'renew' : 'off'
  return isBoundTo(address.key, newsroomKey) ? 'on' : 'renew'
}

/** Whether a subscription may be used with a key. A browser that hides the key is trusted: else it would change daily. */
export function isBoundTo(addressKey: ArrayBuffer | null, key: Uint8Array): boolean {
  if (addressKey === null) return true
  const bytes = new Uint8Array(addressKey)
  return bytes.length === key.length && bytes.every((byte, at) => byte === key[at])
}

/** The bytes of a key in base64url. */
export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}

/** A key's bytes in base64url; undefined where the browser hides them. */
export function textOf(key: ArrayBuffer | null): string | undefined {
  if (key === null) return undefined
  const base64 = btoa(String.fromCharCode(...new Uint8Array(key)))
  return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')
}
