import { createHash } from 'node:crypto'

/**
 * Something by which a reader could be known again. `storedIn`, `hashIn`: the places where it, or its SHA-256, is meant to be
 * stored, if anywhere.
 */
export type Mark = {
  readonly name: string
  /** ASCII. */
  readonly value: string
  readonly storedIn?: readonly string[]
  readonly hashIn?: readonly string[]
}

/** A place that was searched: a file, a table's column, a log. */
export type Place = { readonly name: string; readonly bytes: Uint8Array }

/** A find: which mark, how it was written there, and where. */
type Found = string

/** Texts of this length occur by chance. */
const charsMin = 8

/** Every way in which a mark could have been written down: as it is, coded, or as a hash that anybody can repeat. */
export function formsOf({ value }: Pick<Mark, 'value'>): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value)
  const forms = new Map<string, string>([
    ['as it is', value],
    ['in capitals', value.toUpperCase()],
    ['in small letters', value.toLowerCase()],
    ['backwards', [...value].reverse().join('')],
    ['as hex', bytes.toString('hex')],
    ['as HEX', bytes.toString('hex').toUpperCase()],
    ['percent-encoded', encodeURIComponent(value)],
    ['percent-encoded whole', [...bytes].map((it) => `%${it.toString(16).padStart(2, '0')}`).join('')],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in UTF-16', Buffer.from(value, 'utf16le').toString('latin1')],
  ])
  // Within a longer text the letters of Base64 depend on where the mark begins: three ways, without their uncertain ends.
  for (const before of [0, 1, 2]) {
    const coded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const sure = coded.slice(before === 0 ? 0 : before + 1, -1)
    forms.set(`in Base64 (${before})`, sure)
    forms.set(`in base64url (${before})`, sure.replaceAll('+', '-').replaceAll('/', '_'))
  }
  for (const kind of ['md5', 'sha1', 'sha256', 'sha512']) {
    const hash = createHash(kind).update(value).digest()
    forms.set(`its ${kind} in hex`, hash.toString('hex'))
    forms.set(`its ${kind} in Base64`, hash.toString('base64').replace(/=+$/, ''))
    forms.set(`its ${kind} in base64url`, hash.toString('base64url'))
    forms.set(`its ${kind}`, hash.toString('latin1'))
  }
  // Keys are sent in base64url: their bytes could be stored as such.
  if (/^[\w-]{20,}$/.test(value)) {
    const raw = Buffer.from(value, 'base64url')
    forms.set('decoded', raw.toString('latin1'))
    forms.set('decoded, as hex', raw.toString('hex'))
  }
  return forms
}

type Form = { readonly mark: Mark; readonly how: string; readonly text: string }

/** All forms by their first characters: a text is walked through once, whatever the number of marks. */
function byBeginning(marks: readonly Mark[]): ReadonlyMap<string, readonly Form[]> {
  const forms = new Map<string, Form[]>()
  for (const mark of marks)
    for (const [how, text] of formsOf(mark)) {
      if (text.length < charsMin) continue
      const beginning = text.slice(0, charsMin)
      const others = forms.get(beginning) ?? []
      others.push({ mark, how, text })
      forms.set(beginning, others)
    }
  return forms
}

/** Where marks were found that may not be there, each with how it was written. */
export function tracesIn(places: readonly Place[], marks: readonly Mark[]): readonly Found[] {
  const found = new Set<Found>()
  const forms = byBeginning(marks)
  for (const { name, bytes } of places) {
    // One character a byte: places and forms alike.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    for (let at = 0; at + charsMin <= text.length; at += 1)
      for (const { mark, how, text: form } of forms.get(text.slice(at, at + charsMin)) ?? [])
        if (text.startsWith(form, at) && !isMeant(mark, how, name)) found.add(`${mark.name} ${how} in ${name}`)
  }
  return [...found]
}

function isMeant({ storedIn = [], hashIn = [] }: Mark, how: string, place: string): boolean {
  return storedIn.some((it) => it === place) || (how.startsWith('its sha256') && hashIn.some((it) => it === place))
}
