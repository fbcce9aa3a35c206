import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { baseOf, languageOfText } from '../../../src/desk/article/text-language.ts'
import { newsroom } from '../../support/samples.ts'

const samples = JSON.parse(readFileSync(new URL('language-samples.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>
/** Languages that are nearly one: their news cannot be told apart by letters. */
const pairs: Readonly<Record<string, readonly string[]>> = {
  fa: ['fa', 'prs'],
  prs: ['fa', 'prs'],
  'sr-Latn': ['bs', 'sr-Latn'],
  bs: ['bs', 'sr-Latn'],
}

test('there is a sample of each of the newsroom’s languages', () => {
  expect(Object.keys(samples).toSorted()).toEqual(newsroom.languages.map(({ tag }) => tag).toSorted())
})

describe.each(Object.entries(samples))('%s', (tag, text) => {
  test('is told, or named beside the one that it cannot be told from', async () => {
    const told = await languageOfText(text, newsroom.languages)
    const pair = pairs[tag]
    if (pair === undefined) expect(told).toEqual({ kind: 'one', tag })
    else {
      expect(told.kind).toBe('several')
      expect('tags' in told && told.tags.toSorted()).toEqual(pair)
    }
  })

  test('is not taken for another where the newsroom has only English and Russian', async () => {
    const few = newsroom.languages.filter((it) => ['en', 'ru'].includes(it.tag))
    const told = await languageOfText(text, few)
    if (tag === 'en' || tag === 'ru') expect(told).toEqual({ kind: 'one', tag })
    else expect(told.kind).toBe('other')
  })
})

test.each([
  [
    'fr',
    "Un puissant séisme a frappé samedi la province de Hérat, dans l'ouest de l'Afghanistan, tuant 120 personnes.",
  ],
  ['de', 'Ein starkes Erdbeben hat am Samstag die Provinz Herat erschüttert. Mindestens 120 Menschen kamen ums Leben.'],
  [
    'tr',
    "Cumartesi günü Afganistan'ın batısındaki Herat vilayetinde şiddetli bir deprem meydana geldi, 120 kişi öldü.",
  ],
  ['ar', 'ضرب زلزال قوي ولاية هرات غربي أفغانستان يوم السبت، ما أسفر عن مقتل ما لا يقل عن 120 شخصا وتدمير المنازل.'],
  ['zh', '阿富汗西部赫拉特省星期六发生强烈地震，造成至少一百二十人死亡，数百间房屋倒塌。'],
  ['he', 'רעידת אדמה חזקה פקדה בשבת את מחוז הראת שבמערב אפגניסטן, ולפחות 120 בני אדם נהרגו.'],
])('%s, which the newsroom does not have, is told as another', async (tag, text) => {
  expect(await languageOfText(text, newsroom.languages)).toEqual({ kind: 'other', tag })
})

test.each(['', '120', '!!!', '12 . 34 — ☃ 😀', 'Quake', '\u0301'.repeat(100)])(
  'of %j nothing can be told',
  async (text) => {
    expect(await languageOfText(text, newsroom.languages)).toEqual({ kind: 'unknown' })
  },
)

test.each([
  ['ru', 'Землетрясение в Герате'],
  ['ru', 'Сильное землетрясение произошло в субботу в провинции Герат'],
  ['en', 'Police disperse protesters outside parliament'],
  ['uk', 'Обстріл Харкова: четверо загиблих'],
])('a short text in %s is not told as another with certainty: %s', async (tag, text) => {
  const told = await languageOfText(text, newsroom.languages)
  if (told.kind === 'several') expect(told.tags).toContain(tag)
  else expect([{ kind: 'unknown' }, { kind: 'one', tag }]).toContainEqual(told)
})

test('Serbian in Cyrillic letters is not proposed to a newsroom that writes it in Latin ones', async () => {
  const text = 'Снажан земљотрес погодио је у суботу покрајину Херат на западу Авганистана, погинуло је 120 људи.'
  expect((await languageOfText(text, newsroom.languages)).kind).toBe('other')
})

test.each([
  ['fa-AF', 'prs'],
  ['prs', 'prs'],
  ['fa-Arab-AF', 'prs'],
  ['fa-IR', 'fa'],
  ['pes', 'fa'],
  ['sr-Latn', 'sr'],
  ['en-US', 'en'],
  ['pbu', 'ps'],
  ['x-ours', 'x'],
])('%s is %s', (tag, base) => {
  expect(baseOf(tag)).toBe(base)
})
