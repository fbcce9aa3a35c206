import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newDraft, type Writing } from '../../../../src/web/desk/editing/desk-draft.ts'
import { writingIn } from '../../../../src/web/desk/editing/item-draft.ts'
import { isSameContent, mergeWritings, withPart } from '../../../../src/web/desk/state/merge-writings.ts'

const base: Writing = {
  ...writingIn(newDraft('en')),
  level: 'urgent',
  audience: 'public',
  topics: ['rights'],
  texts: { en: text('Quake'), fa: text('زلزله') },
}

function text(headline: string) {
  return { headline, summary: '', url: '' }
}

test('a language that only one of the two changed is taken from that one', () => {
  const mine = { ...base, texts: { ...base.texts, en: text('Quake in Herat') } }
  const theirs = {
    ...base,
    level: 'flash' as const,
    texts: { ...base.texts, fa: text('زلزله در هرات'), ps: text('زلزله') },
  }
  expect(mergeWritings(base, mine, theirs)).toEqual({
    merged: {
      ...base,
      level: 'flash',
      texts: { en: text('Quake in Herat'), fa: text('زلزله در هرات'), ps: text('زلزله') },
    },
    clashes: [],
  })
})

test('what both changed is asked about, and stays as this editor wrote it until then', () => {
  const mine = { ...base, texts: { ...base.texts, en: text('Quake in Herat') } }
  const theirs = { ...base, texts: { ...base.texts, en: text('Quake in Balkh') } }
  const { merged, clashes } = mergeWritings(base, mine, theirs)
  expect(merged).toEqual(mine)
  expect(clashes).toEqual([{ part: 'texts/en', mine: text('Quake in Herat'), theirs: text('Quake in Balkh') }])
  expect(withPart(merged, 'texts/en', theirs)).toEqual(theirs)
})

test('a language that one removed and the other changed is asked about; one that one removed alone is gone', () => {
  const { fa: _, ...left } = base.texts
  const without = { ...base, texts: left }
  expect(mergeWritings(base, base, without).merged.texts).toEqual(left)
  const changed = { ...base, texts: { ...base.texts, fa: text('زلزله‌ای') } }
  expect(mergeWritings(base, without, changed).clashes.map(({ part }) => part)).toEqual(['texts/fa'])
  expect(mergeWritings(base, changed, without).clashes.map(({ part }) => part)).toEqual(['texts/fa'])
})

test('white space at the ends, the order of topics and an empty language are no change', () => {
  const same = {
    ...base,
    topics: [...base.topics].reverse(),
    texts: { ...base.texts, en: text(' Quake '), ps: text('') },
  }
  expect(isSameContent(base, same)).toBe(true)
  expect(isSameContent(base, { ...base, texts: { ...base.texts, en: text('quake') } })).toBe(false)
  const held = (holdSeconds: string) => ({ ...base, times: { ...base.times, holdSeconds } })
  expect([isSameContent(held('30'), held('۳۰')), isSameContent(held('30'), held('۳۱'))]).toEqual([true, false])
})

test('the same moment in another zone is no change', () => {
  const at = (local: string, zone: string) => ({
    ...base,
    times: { ...base.times, publishAt: { local, zone, side: '' as const } },
  })
  expect(isSameContent(at('2026-11-27T15:00', 'Asia/Tehran'), at('2026-11-27T11:30', 'UTC'))).toBe(true)
  expect(isSameContent(at('2026-11-27T15:00', 'Asia/Tehran'), at('2026-11-27T15:00', 'UTC'))).toBe(false)
})

test('no merge loses a word: each part is this editor’s, or the other’s where this editor left it alone', () => {
  const words = fc.constantFrom('', 'a', 'b', 'c')
  const writing = fc
    .record({ en: words, fa: words, ps: words, level: fc.constantFrom('flash', 'urgent', 'routine') })
    .map(
      ({ en, fa, ps, level }) => ({ ...base, level, texts: { en: text(en), fa: text(fa), ps: text(ps) } }) as Writing,
    )
  fc.assert(
    fc.property(writing, writing, writing, (was, mine, theirs) => {
      const { merged, clashes } = mergeWritings(was, mine, theirs)
      for (const tag of ['en', 'fa', 'ps']) {
        const [before, here, there, now] = [was, mine, theirs, merged].map((it) => it.texts[tag]?.headline ?? '')
        if (before === here) expect(now).toBe(there)
        else expect(now).toBe(here)
        const isAsked = clashes.some(({ part }) => part === `texts/${tag}`)
        expect(isAsked).toBe(before !== here && before !== there && here !== there)
      }
    }),
  )
})
