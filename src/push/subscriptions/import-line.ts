/** Fields that browsers and other senders store beside a subscription, and that are not needed to reach it. */
const ignoredFields: ReadonlySet<string> = new Set([
  'expirationTime',
  'expiration_time',
  'supportedContentEncodings',
  'supported_content_encodings',
])
const encodingFields: ReadonlySet<string> = new Set(['contentEncoding', 'content_encoding'])
/** Content encodings that older browsers name. A browser that accepts the older one accepts ours too. */
const encodings: ReadonlySet<unknown> = new Set(['aes128gcm', 'aesgcm', null, ''])

/** Other senders' names for our fields. */
const fieldAliases: Readonly<Record<string, string>> = {
  created_at: 'createdAt',
  vapid_public_key: 'vapidPublicKey',
  vapid_key_id: 'vapidKeyId',
}
const keyAliases: Readonly<Record<string, 'p256dh' | 'auth'>> = {
  p256dh: 'p256dh',
  p256dh_key: 'p256dh',
  p256dhKey: 'p256dh',
  publicKey: 'p256dh',
  public_key: 'p256dh',
  auth: 'auth',
  auth_key: 'auth',
  authKey: 'auth',
  authToken: 'auth',
  auth_token: 'auth',
  authSecret: 'auth',
  auth_secret: 'auth',
}
const addressFields: ReadonlySet<string> = new Set(['endpoint', 'keys', ...Object.keys(keyAliases)])

type Fields = Readonly<Record<string, unknown>>

/**
 * Converts a line of an import into our own form. It accepts what common senders store: keys beside the endpoint,
 * padded or standard base64, times with an offset or in seconds. Unknown fields are kept, so that the schema
 * refuses them by name.
 */
export function normalizedLine(content: unknown): unknown {
  if (!isFields(content)) return content
  const known = withoutIgnored(content).map(([name, value]) => [fieldAliases[name] ?? name, value] as const)
  const line: Record<string, unknown> = {}
  const address: Record<string, unknown> = {}
  for (const [name, value] of known) {
    const isInline = content.subscription === undefined && addressFields.has(name)
    defineField(isInline ? address : line, name, value)
  }
  const subscription = content.subscription === undefined ? address : parsedText(content.subscription)
  if (content.subscription !== undefined || Object.keys(address).length > 0)
    line.subscription = isFields(subscription) ? normalizedAddress(subscription) : subscription
  if (line.createdAt !== undefined) line.createdAt = normalizedTime(line.createdAt)
  if (line.createdAt === undefined || line.createdAt === null) delete line.createdAt
  if (typeof line.vapidPublicKey === 'string') line.vapidPublicKey = normalizedBase64(line.vapidPublicKey)
  return line
}

function normalizedAddress(given: Fields): Fields {
  const address: Record<string, unknown> = {}
  const keys: Record<string, unknown> = {}
  const inside = isFields(given.keys) ? withoutIgnored(given.keys) : []
  for (const [name, value] of [...withoutIgnored(given), ...inside]) {
    const key = keyAliases[name]
    if (key !== undefined) defineField(keys, key, typeof value === 'string' ? normalizedBase64(value) : value)
    else if (name !== 'keys') defineField(inside.some(([it]) => it === name) ? keys : address, name, value)
  }
  // Keys that are not an object are left for the schema to refuse.
  defineField(address, 'keys', given.keys === undefined || isFields(given.keys) ? keys : given.keys)
  return address
}

/** The fields that are not ignored. */
function withoutIgnored(fields: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).filter(
    ([name, value]) => !ignoredFields.has(name) && !(encodingFields.has(name) && encodings.has(value)),
  )
}

/** The same bytes in base64url without padding. */
function normalizedBase64(text: string): string {
  return text
    .trim()
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '')
}

/** Smaller numbers are seconds since 1970 (until the year 5138), larger ones milliseconds. */
const secondsMax = 1e11

/**
 * A time in RFC 3339 and UTC; any other value is unchanged. Databases write a space in place of the T, and mean UTC
 * when there is no offset.
 */
function normalizedTime(given: unknown): unknown {
  if (typeof given === 'number' || (typeof given === 'string' && /^\d{9,13}$/.test(given))) {
    const number = Number(given)
    const at = new Date(number < secondsMax ? number * 1_000 : number)
    return Number.isNaN(at.getTime()) ? given : at.toISOString()
  }
  const form = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/
  const [, day, time = '00:00', zone = 'Z'] = (typeof given === 'string' && form.exec(given.trim())) || []
  if (day === undefined) return given
  const offset = /^[Zz]$/.test(zone)
    ? 'Z'
    : zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, rest = '00') => `${hours}:${rest}`)
  const at = new Date(`${day}T${time.replace(',', '.')}${offset}`)
  return Number.isNaN(at.getTime()) ? given : at.toISOString()
}

/** Some senders store the whole subscription as text. */
function parsedText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets an own property of any name. */
function defineField(into: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true })
}
