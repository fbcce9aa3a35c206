import { expect, test } from 'vitest'
import { mirrorsOfPushes, publishedSigning } from '../../src/signing/statements.ts'
import { signing } from '../support/signing/published-signing.ts'
import { hourMs, noon } from '../support/signing/signed-logs.ts'

const mirrors = ['https://mirror.example/']

test('a list of mirrors has the time at which it was changed, whenever a process was started; else the hour of the start', () => {
  const mirrorsAt = '2026-02-03T04:05:06.000Z'
  for (const start of [noon, noon + 5 * hourMs])
    expect(publishedSigning(signing, { mirrors, mirrorsAt }, start).mirrors).toMatchObject({
      urls: mirrors,
      at: mirrorsAt,
    })
  const [first, later] = [noon, noon + hourMs / 2].map((start) => publishedSigning(signing, { mirrors }, start).mirrors)
  expect(later).toEqual(first)
  expect(first?.at).toBe(new Date(noon).toISOString())
})

test('pushes carry no list where there never was one, and an empty one where the last mirror was taken away', () => {
  const of = (newsroom: Parameters<typeof mirrorsOfPushes>[1] & { readonly mirrors?: readonly string[] }) =>
    mirrorsOfPushes(publishedSigning(signing, newsroom, noon), newsroom)
  expect(of({})).toBeNull()
  expect(of({ mirrors: [] })).toBeNull()
  expect(of({ mirrors })).toMatchObject({ urls: mirrors })
  expect(of({ mirrors: [], mirrorsAt: '2026-02-03T04:05:06.000Z' })).toMatchObject({ urls: [] })
})
