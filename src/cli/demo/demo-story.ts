/** What an alert needs of an article. */
type ArticleParts = {
  readonly kicker: string | null
  readonly headline: string
  readonly firstParagraph: string
}

const kickers = /^(breaking news|breaking|urgent|flash|live)$/i
const sentenceEnd = /[.!?…؟۔]["'”’»)]?$/
const paragraphCharsMin = 60

/**
 * Finds the headline and the first paragraph in a page's text as scraped, between navigation and captions. The
 * headline is the first line after the kicker (without one, the first of several words) that does not end like a
 * sentence; the paragraph is the first long sentence after it that stands there only once, as a caption often does not.
 * Throws an Error when the text has neither.
 */
export function articleParts(text: string): ArticleParts {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const kickerAt = lines.findIndex((line) => kickers.test(line))
  const isHeadline = (line: string) => !sentenceEnd.test(line) && line.split(/\s+/).length >= 4
  const headlineAt = lines.findIndex((line, at) => at > kickerAt && isHeadline(line))
  const isParagraph = (line: string) =>
    line.length >= paragraphCharsMin && sentenceEnd.test(line) && lines.indexOf(line) === lines.lastIndexOf(line)
  const paragraph = lines.find((line, at) => at > headlineAt && isParagraph(line))
  const headline = lines[headlineAt]
  if (headline === undefined || paragraph === undefined)
    throw new Error('The text has no headline with a paragraph after it.')
  return { kicker: lines[kickerAt] ?? null, headline, firstParagraph: paragraph }
}

const persian = {
  headline: 'ناظران سازمان ملل: طالبان با وجود توافق صلح با آمریکا روابط «نزدیک» خود با القاعده را حفظ کرده است',
  summary:
    'در گزارش تازه‌ای از سازمان ملل متحد آمده است که طالبان با وجود امضای توافق صلح با ایالات متحده، که در آن به مبارزه با گروه‌های شبه‌نظامی متعهد شده بود، همچنان روابط نزدیک خود را با شبکهٔ تروریستی القاعده حفظ کرده است.',
}

/** The demo's three posts, from the article: the alert, its correction, its retraction. No hold: their way is timed. */
export function storyOf({ headline, firstParagraph: summary }: ArticleParts) {
  return {
    alert: {
      level: 'urgent',
      holdSeconds: 0,
      topics: ['afghanistan'],
      texts: { en: { headline, summary }, fa: persian },
    },
    correction: {
      holdSeconds: 0,
      texts: {
        en: {
          headline,
          summary: summary.replace(
            ', a new United Nations report said.',
            ', independent monitors told the UN Security Council.',
          ),
        },
        fa: {
          ...persian,
          summary: persian.summary.replace(
            'در گزارش تازه‌ای از سازمان ملل متحد',
            'در گزارش ناظران مستقل به شورای امنیت سازمان ملل متحد',
          ),
        },
      },
      note: {
        en: 'An earlier version did not say that the report is by independent monitors, for the Security Council.',
        fa: 'در نسخهٔ پیشین نیامده بود که گزارش را ناظران مستقل برای شورای امنیت نوشته‌اند.',
      },
    },
    retraction: {
      note: {
        en: 'This alert was a demonstration on one machine and is withdrawn.',
        fa: 'این هشدار تنها یک نمایش روی یک دستگاه بود و پس گرفته شد.',
      },
    },
  } as const
}
