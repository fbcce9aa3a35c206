import { render } from '../../domain/alert.ts'
import type { Kind, Rendered, StoredAlert } from '../../domain/alert-types.ts'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { toBase64url } from '../../domain/parsing/base64url.ts'
import { hasTextIn, kindIn } from '../../domain/rendering/in-language.ts'
import { correctionTold, isFirstSince } from '../../domain/rendering/last-correction.ts'
import { dirOf } from '../../domain/text.ts'
import type { Entry } from '../../log/log.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import {
  declarativePush,
  type PushAlertData,
  type PushNotification,
  type PushPayload,
} from '../../protocol/push-payload.ts'
import type { Succession } from '../../signing/key-ring.ts'
import { type Proof, type SignedEntry, signedBytes } from '../../signing/signed-form.ts'
import type { Signer } from '../../signing/signer.ts'
import type { MirrorList, Signed } from '../../signing/statements.ts'
import type { PushEntry } from '../outbox/entry-matches.ts'
import { pushWords } from './payload-words.ts'

/**
 * The size of every payload in bytes. It is constant, so that the length does not reveal the story. Firefox on Android
 * accepts some 2.7 KB of ciphertext.
 */
export const payloadBytes = 2_048

const ellipsis = '…'
const encoder = new TextEncoder()
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** What payloads need of the service. `publicUrl` is an origin without a trailing slash. */
export type PayloadDeps = {
  readonly newsroom: Pick<Newsroom, 'languages'>
  readonly publicUrl: string
  readonly epoch: string
  /** What signs them. Absent or null: nothing does. */
  readonly signer?: Signer | null
  /** By what its key follows the one before it, for devices that know only that one. Absent or null: by nothing. */
  readonly succession?: Succession | null
  /** The signed list of mirrors. Absent or null: there are none. */
  readonly mirrors?: Signed<MirrorList> | null
}

/** Where less than this is left for the text, the succession is left out, and then the mirrors: later pushes and other ways have them. */
const textBytesMin = 256

/** As much of the room as a note is never left without, whatever the headline takes. */
const noteShareMin = 0.4

/** What is signed of a push: the notification as it is shown, without the proof. `prev`: that of the entry's own proof. */
type SignedPush = Omit<SignedEntry, 'alert'> & { readonly notification: PushNotification }

/**
 * The push payload of an entry in one language (`*`: the alert's first language in the newsroom's order). It is JSON
 * for a service worker and for Declarative Web Push, padded with spaces to `payloadBytes`. A text that does not fit is
 * cut between graphemes: the headline takes what it needs, except of the room that what was wrong needs (`noteShareMin`).
 */
export function payloadOf(entry: PushEntry, language: string, discreet: boolean, deps: PayloadDeps): Uint8Array {
  const { seq, at, alert } = entry
  const tag = language === '*' ? firstLanguage(entry, deps) : language
  const kind = kindIn(entry, tag)
  const rendered = render(alert, tag, deps.newsroom)
  const told = correctionTold(alert, tag)
  // Corrections and retractions notify the reader, whatever their level, and so does an update that says the correction to
  // readers who may not have been sent it.
  const isHeard = told !== null && (entry.toUncorrected || isFirstSince(told, alert))
  const silent = alert.level === 'routine' && kind !== 'correction' && kind !== 'retraction' && !isHeard
  const navigate = `${deps.publicUrl}/${tag}/alerts/${alert.id}`
  return paddedWith(
    deps,
    discreet ? { title: pushWords(tag).discreet, body: '' } : shownCut(kind, rendered, alert),
    ({ title, body }, parts) =>
      signedMessage(entry, tag, parts, {
        title,
        body,
        navigate,
        lang: tag,
        dir: rendered.dir,
        tag: alert.id,
        mutable: true,
        silent,
        data: {
          cursor: formatCursor({ epoch: deps.epoch, seq }),
          kind,
          id: alert.id,
          version: alert.version,
          level: alert.level,
          topics: alert.topics,
          at,
          ...(told === null ? {} : { correctedAt: told.changedAt }),
        },
      }),
  )
}

function signedMessage(
  { seq, at, proofs }: Entry,
  tag: string,
  { epoch, signer, succession, mirrors }: PayloadDeps,
  notification: AlertNotification,
): string {
  if (signer == null) return message(notification, null)
  const { data } = notification
  const prev = proofs?.[tag]?.prev ?? ''
  const form: SignedPush = { epoch, seq, kind: data.kind, at, notification, prev }
  const sig = toBase64url(signer.sign(signedBytes(form)))
  const proof = proofWith(succession, { key: signer.keyId, prev, sig })
  return message({ ...notification, data: { ...data, proof } }, mirrors)
}

/** The succession is not part of what is signed: it has its own signatures. */
function proofWith(succession: PayloadDeps['succession'], proof: Proof): PushAlertData['proof'] {
  return succession == null ? proof : { ...proof, succession }
}

/** The notification of a reader's test. It belongs to no alert, so it has no cursor. */
export function testPayload(language: string, at: string, deps: PayloadDeps): Uint8Array {
  const tag = language === '*' ? (deps.newsroom.languages[0]?.tag ?? 'en') : language
  return paddedWith(deps, { title: pushWords(tag).test, body: '' }, ({ title, body }, parts) =>
    signedTest(at, parts, {
      title,
      body,
      navigate: `${deps.publicUrl}/${tag}/`,
      lang: tag,
      dir: languageOf(deps.newsroom, tag)?.dir ?? dirOf(tag),
      tag: 'test',
      mutable: true,
      silent: false,
      data: { kind: 'test', at },
    }),
  )
}

/** What is signed of a test has its time and the notification alone, so that it is never good for an entry. */
function signedTest(at: string, { signer, succession, mirrors }: PayloadDeps, notification: TestNotification): string {
  if (signer == null) return message(notification, null)
  const sig = toBase64url(signer.sign(signedBytes({ at, notification })))
  const proof = proofWith(succession, { key: signer.keyId, prev: '', sig })
  return message({ ...notification, data: { ...notification.data, proof } }, mirrors)
}

function firstLanguage(entry: Entry, { newsroom }: PayloadDeps): string {
  const { alert } = entry
  const known = newsroom.languages.map(({ tag }) => tag).filter((tag) => Object.hasOwn(alert.texts, tag))
  const tags = [...known, ...Object.keys(alert.texts)]
  const first = tags.find((tag) => hasTextIn(entry, tag)) ?? tags[0]
  if (first === undefined) throw new Error(`alert ${alert.id} has no text`)
  return first
}

type AlertNotification = PushNotification & { readonly data: PushAlertData }

type TestNotification = PushNotification & { readonly data: { readonly kind: 'test'; readonly at: string } }

type Shown = { readonly title: string; readonly body: string }

/** A text with the part of its body that says what was wrong, '' where none does: the title leaves room for it. */
type ShownToCut = Shown & { readonly note?: string }

/** What a phone shows of an entry in one language, before it is cut; null where there is no notification. */
export function previewOf(
  entry: Pick<Entry, 'kind' | 'alert'>,
  language: string,
  newsroom: Pick<Newsroom, 'languages'>,
): Shown | null {
  if (!hasTextIn(entry, language)) return null
  return shown(kindIn(entry, language), render(entry.alert, language, newsroom), entry.alert)
}

/**
 * A correction or a retraction says what it is and what was wrong, because many readers see nothing else. A retracted
 * alert is not repeated except for its headline, and without a note that says what was wrong, not even that: the standard
 * sentence stands there, in English where the language has none, because a notification that says nothing is no retraction.
 * An update soon after a correction says what was wrong too: it takes the correction's place where that was not sent or seen yet.
 */
function shown(kind: Kind, { language, headline, summary, note }: Rendered, alert: StoredAlert): Shown {
  const words = pushWords(language)
  const ownNote = alert.note?.[language]
  const told = correctionTold(alert, language)
  if (told !== null) {
    const body = [told.note, summary].filter((it) => it !== undefined && it !== '').join('\n')
    return { title: `${words.correction}: ${headline}`, body }
  }
  if (kind === 'retraction')
    return ownNote === undefined
      ? { title: words.retraction, body: words.retractionNotice }
      : { title: `${words.retraction}: ${headline}`, body: ownNote }
  if (kind === 'correction') return { title: `${words.correction}: ${headline}`, body: note ?? summary }
  return { title: headline, body: summary }
}

/** The same with what it says was wrong: a notification without that reads as news. */
function shownCut(kind: Kind, rendered: Rendered, alert: StoredAlert): ShownToCut {
  const whole = shown(kind, rendered, alert)
  const told = correctionTold(alert, rendered.language)
  if (told !== null) return { ...whole, note: told.note ?? '' }
  if (kind === 'retraction') return { ...whole, note: whole.body }
  return { ...whole, note: kind === 'correction' ? (rendered.note ?? '') : '' }
}

/** The mirrors have a signature of their own, so they stand beside what the proof is of. */
function message(notification: PushNotification, mirrors: PayloadDeps['mirrors']): string {
  const list = mirrors == null ? {} : { mirrors }
  const payload: PushPayload = { web_push: declarativePush, mutable: true, notification, ...list }
  return JSON.stringify(payload)
}

/** A payload with the succession and the mirrors, or without them where the text would have too little room. */
function paddedWith(
  deps: PayloadDeps,
  text: ShownToCut,
  build: (shown: Shown, deps: PayloadDeps) => string,
): Uint8Array {
  const withoutSuccession = { ...deps, succession: null }
  const bare = { ...withoutSuccession, mirrors: null }
  const hasRoom = (it: PayloadDeps) => payloadBytes - size(build({ title: '', body: '' }, it)) >= textBytesMin
  const parts = [deps, withoutSuccession].find(hasRoom) ?? bare
  return padded(text, (shown) => build(shown, parts))
}

/** A payload of `payloadBytes`: what `build` makes of the text, which is cut where it does not fit. */
export function padded({ title, body, note = '' }: ShownToCut, build: (shown: Shown) => string): Uint8Array {
  const room = payloadBytes - size(build({ title: '', body: '' }))
  // Where more follows the note, the ellipsis takes none of its room.
  const noteSize = textSize(note) + (note === '' || note === body ? 0 : size(ellipsis))
  const cutTitle = cut(title, room - Math.min(noteSize, Math.floor(room * noteShareMin)))
  const cutBody = cut(body, room - textSize(cutTitle))
  const bytes = new Uint8Array(payloadBytes).fill(0x20)
  const json = encoder.encode(build({ title: cutTitle, body: cutBody }))
  if (json.length > payloadBytes)
    throw new Error('a payload does not fit even without its text; is PUBLIC_URL too long?')
  bytes.set(json)
  return bytes
}

/** As many whole graphemes as fit into so many bytes of JSON, with an ellipsis where some are left out. */
function cut(text: string, bytesMax: number): string {
  if (textSize(text) <= bytesMax) return text
  let left = bytesMax - size(ellipsis)
  let kept = ''
  for (const { segment } of segmenter.segment(text)) {
    left -= textSize(segment)
    if (left < 0) break
    kept += segment
  }
  return kept === '' ? '' : `${kept.trimEnd()}${ellipsis}`
}

/** The bytes of a text inside the quotes of a JSON string. */
function textSize(text: string): number {
  return size(JSON.stringify(text)) - 2
}

function size(text: string): number {
  return encoder.encode(text).length
}
