import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Start } from '../harness.ts'
import { needsInstalled } from '../installed.ts'
import { curlTests } from './debian-curl.ts'
import { readers } from './debian-readers.ts'
import { socketTests } from './debian-sockets.ts'
import { awkward, lines, type Moment, type Story, tellStory } from './debian-story.ts'
import { xmlTests } from './debian-xml.ts'

type Skip = { readonly skip: (note: string) => never }

/** Debian's programs against one service that is killed in the middle. */
export function debianSuite(where: string, start: Start): void {
  describe(`Debian's programs on ${where}`, () => {
    let story: Story | undefined
    beforeAll(async () => {
      story = await tellStory(start)
    }, 180_000)
    afterAll(() => story?.end())
    const told = () => {
      if (story === undefined) throw new Error('nothing was told')
      return story
    }
    const seenAt = (moment: Moment) => {
      const seen = told().seen.get(moment)
      if (seen === undefined) throw new Error(`nobody looked at "${moment}"`)
      return seen
    }

    test.for(readers)('$name: all is heard once and in order, through a kill', ({ name, needs }, { skip }) => {
      needsInstalled(needs, skip)
      expect(told().heard.get(name)).toEqual({ told: lines, seqs: told().seqs })
    })

    test.for(['empty', 'alert', 'correction', 'return'] as const)(
      'feedparser finds nothing wrong with the feeds (%s), and need not read again what has not changed',
      (moment, { skip }) => wellRead(moment, skip),
    )
    test('feedparser: an alert is one entry in each language, whatever becomes of it and of the service, and its correction another', ({
      skip,
    }) => oneEntry(skip))

    function wellRead(moment: Moment, skip: Skip['skip']) {
      needsInstalled('feedparser', skip)
      for (const [tag, { atom, json }] of Object.entries(seenAt(moment).feeds ?? {})) {
        expect(atom).toMatchObject({ status: 200, again: 304, bozo: false, version: 'atom10', language: tag })
        expect(atom.self).toEqual([atom.id])
        expect(json).toMatchObject({ version: 'https://jsonfeed.org/version/1.1', language: tag })
        expect(json.entries).toEqual(atom.entries.map(({ content: _, terms: __, ...it }) => it))
        for (const it of atom.entries) expect(it.language).toBe(tag)
        expect(new Set(atom.entries.map(({ id }) => id)).size).toBe(atom.entries.length)
        if (atom.entries.length > 0)
          expect(atom.updated).toBe(
            atom.entries
              .map(({ updated }) => updated)
              .sort()
              .at(-1),
          )
      }
    }

    function oneEntry(skip: Skip['skip']) {
      needsInstalled('feedparser', skip)
      const entriesAt = (moment: Moment, tag: 'en' | 'fa') => seenAt(moment).feeds?.[tag].atom.entries ?? []
      const titles = (moment: Moment) => entriesAt(moment, 'en').map(({ title }) => title)
      expect(titles('empty')).toEqual([])
      expect(titles('alert')).toEqual(['Five dead'])
      expect(titles('correction')).toEqual(['Correction: Four dead', 'Correction: Four dead'])
      expect(new Set(titles('return'))).toEqual(new Set(['After', 'Retracted: Four dead', awkward]))
      const [first] = entriesAt('alert', 'en')
      const [notice, corrected] = entriesAt('correction', 'en')
      expect(notice?.id).not.toBe(first?.id)
      expect(notice?.published).toBe(corrected?.updated)
      const returned = entriesAt('return', 'en').find(({ id }) => id === first?.id)
      expect(corrected).toMatchObject({ id: first?.id, published: first?.published })
      expect(returned).toMatchObject({ published: first?.published, title: 'Retracted: Four dead' })
      const times = [first, corrected, returned].map((it) => it?.updated ?? '')
      expect(times).toEqual([...times].sort())
      const english = entriesAt('return', 'en').map(({ id }) => id)
      for (const { id } of entriesAt('return', 'fa')) expect(english).not.toContain(id)
    }

    test('w3m prints only what is true: on an empty page, below an alert, a correction and a retraction', ({
      skip,
    }) => {
      needsInstalled('w3m', skip)
      const nothing = /Nothing here yet/
      const onlyLive = /may be missing|are on\b|blocked|\bLive\b|Connecting|Offline|new alert/
      expect(seenAt('empty').page).toMatch(nothing)
      expect(seenAt('empty').page).not.toMatch(onlyLive)
      for (const moment of ['alert', 'correction', 'return'] as const) {
        expect(seenAt(moment).page).not.toMatch(nothing)
        expect(seenAt(moment).page).not.toMatch(onlyLive)
        expect(seenAt(moment).alert).not.toMatch(onlyLive)
        expect(seenAt(moment).persian).not.toContain('هنوز چیزی اینجا نیست')
      }
      const { alert, correction, return: back } = Object.fromEntries(told().seen)
      expect(alert?.page).toContain('Five dead')
      expect(alert?.page).not.toMatch(/Correction|Retracted|What was wrong/)
      expect(alert?.alert).not.toMatch(/Correction|Retracted|What was wrong/)
      expect(alert?.persian).toContain('پنج کشته')
      expect(correction?.page).toMatch(/Correction[\s\S]*Four dead[\s\S]*Four died, not five\./)
      expect(correction?.page).not.toContain('Five dead')
      expect(correction?.alert).toMatch(/Four dead[\s\S]*Four died, not five\.[\s\S]*Five dead/)
      expect(back?.page).toMatch(/Retracted[\s\S]*Nobody died\./)
      expect(back?.page).toContain(awkward)
      expect(back?.page).not.toMatch(/In the first report|news\.example/)
      expect(back?.persian).toContain('کسی کشته نشد.')
      expect(back?.persian).not.toContain('گزارش نخست')
    })

    xmlTests(told)
    curlTests(told)
    socketTests(told)
  })
}
