import { usualLanguage } from '../../../src/domain/newsroom.ts'
import { negotiate } from '../../../src/http/negotiate.ts'

/** The tag of the language that an Accept-Language header leads to, of these: tags with spaces between them. */
export function negotiated(offered: string, header: string): string {
  const [first = usualLanguage('en'), ...others] = offered.split(' ').map((tag) => usualLanguage(tag))
  return negotiate(header, [first, ...others]).tag
}
