import { httpsUrl } from '../../domain/parsing/fields.ts'
import { quoted } from '../../domain/parsing/parse.ts'
import type { ArticleParts, Found, Remark } from './article-parts.ts'
import { withoutTracking } from './tracking.ts'

/** The article's own link, and what is unsure about it. Null: none is proposed. */
export function chooseLink({ links }: ArticleParts): {
  readonly url: string | null
  readonly remarks: readonly Remark[]
} {
  const remark = (code: string, detail: string, link = ''): Remark => ({
    ...{ part: 'url', code: `article-link-${code}`, detail },
    ...(link === '' ? {} : { values: { link } }),
  })
  const [first] = links
  if (first === undefined) return { url: null, remarks: [remark('none', 'No link to the article was found.')] }
  const taken = links.flatMap((it) => takenLink(it))
  const [chosen] = taken
  if (chosen === undefined)
    return {
      url: null,
      remarks: [remark('refused', `${quoted(first.value)} cannot be taken. ${httpsFault(first.value)}`, first.value)],
    }
  const others = taken.filter(({ url }) => addressKey(url) !== addressKey(chosen.url))
  const [other] = others
  // An article's text names many pages; a link within it need not be that of the article.
  if (chosen.source === 'within the text' || (other !== undefined && other.source === 'a line of its own'))
    return {
      url: null,
      remarks: [
        remark(
          'several',
          `The text names ${taken.length === 1 ? 'one address' : 'several'}, such as ${quoted(chosen.url)}; choose the article’s own.`,
          chosen.url,
        ),
      ],
    }
  return {
    url: chosen.url,
    remarks: [
      ...(chosen.wasTracked
        ? [remark('tracked', 'What tells where a reader came from (utm_source and the like) was taken out of it.')]
        : []),
      ...(other === undefined || other.source === 'within the text'
        ? []
        : [remark('other', `It is from ${chosen.source}; ${other.source} says ${quoted(other.url)}.`, other.url)]),
      ...(new URL(chosen.url).pathname === '/'
        ? [remark('front', 'It leads to a front page, not to an article.')]
        : []),
    ],
  }
}

function takenLink({ value, source }: Found) {
  const link = httpsUrl.safeParse(value)
  if (!link.success) return []
  const url = withoutTracking(link.data)
  return [{ url, source, wasTracked: url !== link.data }]
}

function httpsFault(value: string): string {
  return httpsUrl.safeParse(value).error?.issues[0]?.message ?? ''
}

function addressKey(url: string): string {
  const { host, pathname, search } = new URL(url)
  return `${host.replace(/^(?:www|m|amp)\./, '')}${pathname.replace(/\/$/, '')}${search}`
}
