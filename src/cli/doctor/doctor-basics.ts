import type { Editor } from '../../auth/editor.ts'
import { ask, errorMessage, Refused, type Service } from '../service-client.ts'

/** What was looked at, how it is, and for a fault why and how to mend it. A doubt does not fail the examination. */
export type Finding =
  | { readonly state: 'good'; readonly what: string; readonly why?: undefined; readonly mend?: undefined }
  | { readonly state: 'fault' | 'doubt'; readonly what: string; readonly why: string; readonly mend: string }

/** What `/v1/newsroom` should have; looked at before it is believed. */
export type Newsroom = {
  readonly languages?: readonly { readonly tag: string }[]
  readonly vapidPublicKey?: unknown
  readonly signingKeys?: unknown
  readonly mirrors?: unknown
}

const nodeMajorMin = 24

export function checkNode(version: string): Finding {
  const what = `Node ${version} is new enough`
  if (Number.parseInt(version, 10) >= nodeMajorMin) return { state: 'good', what }
  const mend = `Install Node ${nodeMajorMin} or later, or start it by npm: its scripts bring their own Node.`
  return { state: 'fault', what, why: `The service needs Node ${nodeMajorMin}.`, mend }
}

/** Browsers allow push only to pages that came over https, or from the machine itself. */
export function checkSecureContext({ url }: Service): Finding[] {
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname) || url.hostname.endsWith('.localhost')
  const what = 'Browsers will allow push from this address'
  if (url.protocol === 'https:' || isLocal) return [{ state: 'good', what }]
  const why = 'It is neither https nor this machine.'
  return [{ state: 'doubt', what, why, mend: 'Put a proxy with a certificate before it, and set PUBLIC_URL.' }]
}

/** Looks at the newsroom, or at why there is none. */
export async function checkNewsroom(newsroom: Newsroom | string): Promise<Finding[]> {
  const what = 'The newsroom has languages'
  if (typeof newsroom === 'string')
    return [{ state: 'fault', what, why: `/v1/newsroom: ${newsroom}`, mend: 'Look into the service’s log.' }]
  if (!Array.isArray(newsroom.languages) || newsroom.languages.length === 0)
    return [{ state: 'fault', what, why: '/v1/newsroom names none.', mend: 'Look at the file that NEWSROOM names.' }]
  const isKey = await isPublicKey(newsroom.vapidPublicKey)
  const key = 'The push key (VAPID) is a point of the curve P-256'
  return [
    { state: 'good', what },
    isKey
      ? { state: 'good', what: key }
      : {
          state: 'fault',
          what: key,
          why: 'No browser could subscribe with it.',
          mend: 'Set VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to one pair, or neither, so that the service makes its own.',
        },
  ]
}

/** An uncompressed P-256 point in base64url (RFC 8292 §3.2). */
async function isPublicKey(text: unknown): Promise<boolean> {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]{87}$/.test(text)) return false
  try {
    const point = Buffer.from(text, 'base64url')
    await crypto.subtle.importKey('raw', point, { name: 'ECDH', namedCurve: 'P-256' }, true, [])
    return true
  } catch {
    return false
  }
}

export async function checkKey(service: Service, signal: AbortSignal): Promise<Finding> {
  const what = 'The key in TOCSIN_KEY is an editor’s'
  if (service.key === undefined)
    return {
      state: 'doubt',
      what,
      why: 'There is none, so it was not looked at.',
      mend: 'To publish from here: export TOCSIN_KEY=…',
    }
  try {
    const { body } = await ask(service, { path: 'v1/desk/session', signal })
    const { name, role } = (body as { editor: Editor }).editor
    return { state: 'good', what: `${what}: ${name}, ${role}` }
  } catch (error) {
    const isUnknown = error instanceof Refused && error.status === 401
    const mend = isUnknown ? 'Ask an admin for a new one: npx tocsin editors add' : 'Look into the service’s log.'
    return {
      state: 'fault',
      what,
      why: isUnknown ? 'Nobody has this key, or it was revoked.' : errorMessage(error),
      mend,
    }
  }
}
