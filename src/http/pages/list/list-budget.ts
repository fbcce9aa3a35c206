import { render } from '../../../domain/alert.ts'
import type { Rendered } from '../../../domain/alert-types.ts'
import { type Interest, matches } from '../../../domain/interest.ts'
import type { Newsroom } from '../../../domain/newsroom.ts'
import type { Entry } from '../../../log/log.ts'

// How many alerts, or versions of an alert, a page lists: a network that freezes each connection after some 15,000 bytes has to let the
// whole of it pass, with the handshake of TLS. What is sent is estimated, not compressed: Workers have no compressor of ours, and each
// page would be compressed several times. `tests/http/pages/list/list-budget.test.ts` compares the estimate with Brotli, in scripts of
// every kind.

/** Of an answer with its head, as it is sent in Brotli. Usual texts stay below it; gzip takes 9 to 17 % more. */
export const answerBytesMax = 11_000
/** The head of an answer over HTTP/1.1. Mirrors add to its content security policy. */
const headBytes = 1_000
/** Texts differ: some take more than is estimated. */
const marginBytes = 250
/** So many are listed however long they are, and no more however short. */
export const cardsListed = { min: 5, max: 50 } as const
export const versionsListed = { min: 3, max: 50 } as const

/** What a page takes without its alerts: names of languages and topics stand in its menu and its form. */
const frameBytes = {
  newest: { own: 7_150, language: 42, topic: 14 },
  older: { own: 5_150, language: 24, topic: 0 },
  alert: { own: 6_350, language: 16, topic: 0 },
} as const

/** What the first cards take more than others: later ones repeat their markup. */
const firstCardsBytes = 150
const cardBytes = { own: 75, topic: 3 } as const
/** A version with its time, without its texts. */
const versionBytes = 70
/** Bytes a character of text, by the first code unit that is no longer of such a script; the last is of those with a character a word. */
const characterBytes = [
  { before: 0x1200, bytes: 0.57 },
  { before: 0x2e80, bytes: 0.9 },
  { before: 0x1_0000, bytes: 1.4 },
] as const

/** The bytes that a text is estimated to take in a compressed page. */
export function textBytes(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    sum += characterBytes.find(({ before }) => unit < before)?.bytes ?? 0
  }
  return sum
}

/** The bytes that the words of an alert are estimated to take. */
export function alertBytes({ headline, summary, note = '', topics }: Rendered): number {
  return cardBytes.own + textBytes(headline) + textBytes(summary) + textBytes(note) + cardBytes.topic * topics.length
}

/**
 * How many of these entries, the newest first, a page lists. It depends on them, the choice and the newsroom alone, so that caches may
 * keep the page. `frame`: which page it is.
 */
export function listedCount(
  entries: readonly Entry[],
  choice: Interest,
  newsroom: Newsroom,
  frame: keyof typeof frameBytes,
): number {
  let left = bytesLeft(frame, newsroom) - firstCardsBytes
  let count = 0
  for (const { alert } of entries.slice(0, cardsListed.max)) {
    const tag = matches(choice, alert)
    if (tag !== null) left -= alertBytes(render(alert, tag, newsroom))
    if (left < 0 && count >= cardsListed.min) break
    count += 1
  }
  return count
}

/**
 * How many of these entries of one alert, the newest first, its page lists in a language. What a version has in common with a newer
 * one takes next to nothing, so that texts are counted once.
 */
export function listedVersions(entries: readonly Entry[], tag: string, newsroom: Newsroom): number {
  let left = bytesLeft('alert', newsroom)
  let count = 0
  const seen = new Set([''])
  for (const { alert } of entries.slice(0, versionsListed.max)) {
    if (Object.hasOwn(alert.texts, tag)) {
      const { headline, summary, note = '' } = render(alert, tag, newsroom)
      const texts = [headline, summary, note].filter((text) => !seen.has(text))
      left -= versionBytes + texts.reduce((sum, text) => sum + textBytes(text), 0)
      for (const text of texts) seen.add(text)
    }
    if (left < 0 && count >= versionsListed.min) break
    count += 1
  }
  return count
}

function bytesLeft(frame: keyof typeof frameBytes, { languages, topics }: Newsroom): number {
  const { own, language, topic } = frameBytes[frame]
  return answerBytesMax - headBytes - marginBytes - own - language * languages.length - topic * topics.length
}
