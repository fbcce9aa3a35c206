import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { articleParts, storyOf } from '../../../src/cli/demo/demo-story.ts'
import { publishingFields } from '../../../src/desk/items/publishing-fields.ts'
import { correctionSchema, draftSchema, retractionSchema } from '../../../src/domain/alert.ts'
import { scriptFits } from '../../../src/domain/text.ts'

const article = await readFile(new URL('../../../src/cli/demo/demo-article.txt', import.meta.url), 'utf8')

describe('the demo’s article', () => {
  test('gives its kicker, its headline and its first paragraph, not the navigation or the caption', () => {
    const { kicker, headline, firstParagraph } = articleParts(article)
    expect(kicker).toBe('Breaking News')
    expect(headline).toBe("UN Monitors: Taliban Maintains 'Close' Ties With Al-Qaeda Despite U.S. Peace Deal")
    expect(firstParagraph).toMatch(/^The Taliban still maintains close ties .* a new United Nations report said\.$/)
  })

  test.each([
    ['without a kicker', article.replace('Breaking News', '')],
    ['with other line ends and margins', article.replaceAll('\n', '  \r\n  ')],
  ])('%s gives the same headline', (_, text) => {
    expect(articleParts(text)).toMatchObject({
      headline: articleParts(article).headline,
      firstParagraph: articleParts(article).firstParagraph,
    })
  })

  test.each(['', 'Breaking News', 'Breaking News\n\nA headline of five words\n'])(
    '%j has nothing to publish',
    (text) => {
      expect(() => articleParts(text)).toThrow('no headline')
    },
  )

  test('makes three posts that the desk takes, where the correction changes both texts', () => {
    const story = storyOf(articleParts(article))
    expect(draftSchema.extend(publishingFields).safeParse(story.alert).success).toBe(true)
    expect(correctionSchema.extend(publishingFields).safeParse(story.correction).success).toBe(true)
    expect(retractionSchema.safeParse(story.retraction).success).toBe(true)
    for (const language of ['en', 'fa'] as const) {
      expect(story.correction.texts[language].summary).not.toBe(story.alert.texts[language].summary)
      expect(scriptFits(story.alert.texts[language].summary, language === 'fa' ? 'Arab' : 'Latn')).toBe(true)
    }
  })
})
