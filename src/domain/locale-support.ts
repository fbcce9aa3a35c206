type Support = { readonly dates: boolean; readonly relative: boolean }

const known = new Map<string, Support>()
// An engine without a language's data writes CLDR's root patterns: "2026 M11 26", "-5 min".
const rootDate = /\bM\d\d\b/
const rootRelative = /^[-−]?\d+ min$/u

/**
 * What the `Intl` of this JavaScript engine really supports of a language. `supportedLocalesOf` is not enough: Chromium and
 * workerd list Azerbaijani, Bosnian, Kazakh and Uzbek, and have no words for them.
 */
export function localeSupport(language: string): Support {
  const found = known.get(language)
  if (found !== undefined) return found
  const support = look(language)
  known.set(language, support)
  return support
}

function look(language: string): Support {
  if (!isSupported(language)) return { dates: false, relative: false }
  const november = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(Date.UTC(2026, 10, 26)),
  )
  const relative = new Intl.RelativeTimeFormat(language).format(-5, 'minute')
  const dates = !rootDate.test(november)
  return { dates, relative: dates && !rootRelative.test(relative) }
}

function isSupported(language: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language).length > 0
  } catch {
    // A tag that Intl does not take, such as one of private use only.
    return false
  }
}
