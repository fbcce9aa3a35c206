import { html } from 'hono/html'
import { saysWhatWasWrong } from '../../domain/alert.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { titleOf } from '../exchange/alert-text.ts'
import type { PageWords } from '../pages/page-words.ts'
import { feedEntryId } from './feed-id.ts'
import type { Feed } from './read-feed.ts'

/** One entry of a feed, in whichever format. */
export type FeedEntry = {
  readonly id: string
  /** Of a notice: the entry of the alert that it is about. */
  readonly about: string | null
  readonly alert: Rendered
  readonly page: string
  readonly title: string
  readonly publishedAt: string
  readonly changedAt: string
  /** The full story; none of a retracted alert. */
  readonly story: string | null
}

/**
 * The entries of a feed, by alert, newest first. A correction or a retraction changes the entry of its alert, and is an entry
 * of its own besides: most readers of feeds show an entry once, and never again when it changes (RFC 4287 §4.1.1 leaves it to
 * them), so that their users would go on believing what was wrong. The entry of a correction stays as it is after an update:
 * who reads the feed now and then would not have seen it.
 */
export async function feedEntries({ alerts, corrections, home, words }: Feed): Promise<readonly FeedEntry[]> {
  const entries = await Promise.all(
    alerts.map(async (alert) => {
      const entry = await entryOf(alert, home, words)
      const corrected = corrections.get(alert.id)
      if (corrected !== undefined) return [entry, await noticeOf(await entryOf(corrected, home, words))]
      return isPutRight(alert) ? [await noticeOf(entry), entry] : [entry]
    }),
  )
  return entries.flat()
}

/** Whether an alert is as a correction or a retraction made it. */
function isPutRight({ status }: Rendered): boolean {
  return status === 'corrected' || status === 'retracted'
}

async function entryOf(alert: Rendered, home: string, words: PageWords): Promise<FeedEntry> {
  const { id, language, status, publishedAt, changedAt } = alert
  return {
    ...{ id: await feedEntryId(id, language), about: null, alert, publishedAt, changedAt },
    page: `${home}alerts/${id}`,
    title: titleOf(alert, words),
    story: status === 'retracted' ? null : (alert.url ?? null),
  }
}

/** The entry of a correction or a retraction itself, from that of its alert as it was left by it. */
async function noticeOf(entry: FeedEntry): Promise<FeedEntry> {
  const { id, language, changedAt, note = '' } = entry.alert
  // Named by what was done in this language: a change that says nothing here does not make another notice.
  const noticeId = await feedEntryId(id, `${language} ${changedAt} ${note}`)
  return { ...entry, id: noticeId, about: entry.id, publishedAt: changedAt }
}

/** What a feed reader shows: it carries its own language and direction, for which Atom's title has no place. */
export async function contentOf(
  { status, language, dir, headline, summary, note }: Rendered,
  words: PageWords,
): Promise<string> {
  const notice = status === 'retracted' ? html`<p><strong>${words.translate('retractedNotice')}</strong></p>` : ''
  const lead = saysWhatWasWrong({ status }) ? html`<strong>${words.translate('whatWasWrong')}</strong> ` : ''
  const said = note === undefined ? '' : html`<p>${lead}${note}</p>`
  const text = status === 'retracted' ? html`<p><s>${headline}</s></p>` : html`<p>${summary || headline}</p>`
  return String(await html`<div lang="${language}" dir="${dir}">${notice}${said}${text}</div>`)
}
