import { describe, expect, it, vi } from 'vitest'
import { localeSupport } from '../../../src/domain/locale-support.ts'
import { timeLocale, timeText } from '../../../src/web/shared/time-text.ts'

const at = '2026-03-01T12:34:00.000Z'

describe('times', () => {
  it('in the reader’s own zone are relative for an hour, then a time of day', () => {
    const now = Date.parse(at)
    expect(timeText(now - 4 * 60_000, now, 'en')).toBe('4 minutes ago')
    expect(timeText(now - 30_000, now, 'fa')).toBe('همین دقیقه')
    expect(timeText(now - 3_600_000 + 1, now, 'en')).toBe('59 minutes ago')
    expect(timeText(now - 3_600_000, now, 'en')).toMatch(/^\d\d:34 [AP]M$/)
    expect(timeText(now - 61 * 60_000, now, 'en')).toMatch(/^\d\d:33 [AP]M$/)
    expect(timeText(now - 400 * 86_400_000, now, 'en')).toContain('2025')
  })

  it('from a clock ahead of the reader’s are a time of day, not in the future', () => {
    const now = Date.parse(at)
    expect(timeText(now + 120_000, now, 'en')).not.toMatch(/in \d/)
  })

  it.each(['az', 'bs', 'kk', 'uz', 'ka', 'fa'])(
    'in %s are left alone by an engine that has no words for it',
    (language) => {
      // What Chromium writes: it claims to support the language and has only CLDR's root patterns.
      const date = vi
        .spyOn(Intl.DateTimeFormat.prototype as { readonly format: unknown }, 'format', 'get')
        .mockReturnValue(() => '2026 M11 26')
      const relative = vi.spyOn(Intl.RelativeTimeFormat.prototype, 'format').mockReturnValue('-5 min')
      try {
        expect(localeSupport(`${language}-AQ`)).toEqual({ dates: false, relative: false })
        expect(timeLocale(`${language}-AQ`)).toBe('en-GB')
        date.mockRestore()
        expect(localeSupport(`${language}-BQ`)).toEqual({ dates: true, relative: false })
        relative.mockRestore()
        expect(localeSupport(`${language}-CQ`)).toEqual({ dates: true, relative: true })
      } finally {
        vi.restoreAllMocks()
      }
    },
  )

  it.each(['crh', 'xx', 'not a language', ''])('in %j, which no engine knows, are English', (language) => {
    expect(timeLocale(language)).toBe('en-GB')
    const now = Date.parse(at)
    expect(timeText(now - 4 * 60_000, now, language)).toBe('4 minutes ago')
  })
})
