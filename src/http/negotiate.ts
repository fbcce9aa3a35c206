import { parseAccept } from 'hono/utils/accept'
import type { Language } from '../domain/newsroom.ts'

/**
 * The newsroom's language that an Accept-Language header prefers, by the look-up of RFC 4647 §3.4, which shortens each
 * range from its end. Without a match, the newsroom's first. A language is never guessed from a region.
 */
export function negotiate(header: string | undefined, languages: readonly [Language, ...Language[]]): Language {
  for (const { type, q } of parseAccept((header ?? '').slice(0, 1_000))) {
    if (q <= 0) continue
    for (let range = canonical(type); range !== ''; range = range.replace(/(^|-)[^-]+$/, '')) {
      const found = languages.find(({ tag }) => canonical(tag) === range)
      if (found) return found
    }
  }
  return languages[0]
}

/** One spelling for one language: `prs` and `fa-AF` are both Dari. An invalid tag gives ''. */
function canonical(tag: string): string {
  try {
    return (Intl.getCanonicalLocales(tag)[0] ?? '').toLowerCase()
  } catch {
    return ''
  }
}
