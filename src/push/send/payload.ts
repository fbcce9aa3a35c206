import { render } from '../../domain/alert.ts'
import type { Kind, Rendered } from '../../domain/alert-types.ts'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { retractionNotice } from '../../domain/retraction-notice.ts'
import { dirOf } from '../../domain/text.ts'
import { hasTextIn, kindIn } from '../../log/language-status.ts'
import type { Entry } from '../../log/log.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import { declarativePush, type PushNotification, type PushPayload } from '../../protocol/push-payload.ts'
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
}

/**
 * The push payload of an entry in one language (`*`: the alert's first language in the newsroom's order). It is JSON
 * for a service worker and for Declarative Web Push, padded with spaces to `payloadBytes`. A text that does not fit is
 * cut between graphemes.
 */
export function payloadOf(entry: Entry, language: string, discreet: boolean, deps: PayloadDeps): Uint8Array {
  const { seq, at, alert } = entry
  const tag = language === '*' ? firstLanguage(entry, deps) : language
  const kind = kindIn(entry, tag)
  const rendered = render(alert, tag, deps.newsroom)
  // Corrections and retractions notify the reader, whatever their level.
  const silent = alert.level === 'routine' && kind !== 'correction' && kind !== 'retraction'
  const navigate = `${deps.publicUrl}/${tag}/alerts/${alert.id}`
  return padded(
    discreet ? { title: pushWords(tag).discreet, body: '' } : shown(kind, rendered, alert.note?.[tag]),
    ({ title, body }) =>
      message({
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
        },
      }),
  )
}

/** The notification of a reader's test. It belongs to no alert, so it has no cursor. */
export function testPayload(language: string, at: string, deps: PayloadDeps): Uint8Array {
  const tag = language === '*' ? (deps.newsroom.languages[0]?.tag ?? 'en') : language
  return padded({ title: pushWords(tag).test, body: '' }, ({ title, body }) =>
    message({
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

function firstLanguage(entry: Entry, { newsroom }: PayloadDeps): string {
  const { alert } = entry
  const known = newsroom.languages.map(({ tag }) => tag).filter((tag) => Object.hasOwn(alert.texts, tag))
  const tags = [...known, ...Object.keys(alert.texts)]
  const first = tags.find((tag) => hasTextIn(entry, tag)) ?? tags[0]
  if (first === undefined) throw new Error(`alert ${alert.id} has no text`)
  return first
}

type Shown = { readonly title: string; readonly body: string }

/** What a phone shows of an entry in one language, before it is cut; null where there is no notification. */
export function previewOf(
  entry: Pick<Entry, 'kind' | 'alert'>,
  language: string,
  newsroom: Pick<Newsroom, 'languages'>,
): Shown | null {
  if (!hasTextIn(entry, language)) return null
  return shown(kindIn(entry, language), render(entry.alert, language, newsroom), entry.alert.note?.[language])
}

/**
 * A correction or a retraction says what it is and what was wrong, because many readers see nothing else. A retracted
 * alert is not repeated except for its headline, and without a note that says what was wrong, not even that.
 */
function shown(kind: Kind, { language, headline, summary, note }: Rendered, ownNote: string | undefined): Shown {
  const words = pushWords(language)
  if (kind === 'retraction')
    return ownNote === undefined
      ? { title: words.retraction, body: retractionNotice(language) ?? '' }
      : { title: `${words.retraction}: ${headline}`, body: ownNote }
  if (kind === 'correction') return { title: `${words.correction}: ${headline}`, body: note ?? summary }
  return { title: headline, body: summary }
}

function message(notification: PushNotification): string {
  const payload: PushPayload = { web_push: declarativePush, mutable: true, notification }
  return JSON.stringify(payload)
}

/** A payload of `payloadBytes`: what `build` makes of the text, which is cut where it does not fit. */
export function padded({ title, body }: Shown, build: (shown: Shown) => string): Uint8Array {
  const room = payloadBytes - size(build({ title: '', body: '' }))
  const cutTitle = cut(title, room)
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
