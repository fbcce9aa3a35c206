import { describe, expect, it } from 'vitest'
import { render } from '../../src/domain/alert.ts'
import type { Alert, Kind } from '../../src/domain/alert-types.ts'
import { applyChange } from '../../src/domain/change.ts'
import { hasTextIn, kindIn } from '../../src/domain/rendering/in-language.ts'
import { missingNoteWarnings, notifiedLanguage } from '../../src/log/language-status.ts'
import type { Entry } from '../../src/log/log.ts'
import { entryMessage } from '../../src/protocol/messages.ts'
import { payloadOf, previewOf } from '../../src/push/send/payload.ts'
import { alertOf, everything, newsroom } from '../support/samples.ts'

const texts = {
  en: { headline: 'Five killed', summary: 'In Kabul.', url: 'https://news.example/5' },
  fa: { headline: 'پنج کشته', summary: 'در کابل.' },
  ru: { headline: 'Пятеро погибли', summary: 'В Кабуле.', image: { url: 'https://news.example/1.jpg', alt: 'Дым' } },
}
const first = alertOf({ texts, topics: ['afghanistan'] })
let hour = 12

function revised(latest: Alert, kind: Exclude<Kind, 'alert'>, revision: object): Entry {
  hour += 1
  const at = new Date(Date.parse('2026-03-01T00:00:00.000Z') + hour * 3_600_000).toISOString()
  const alert = applyChange(
    { kind, id: latest.id, revision, at, by: 'e1', expirySeconds: newsroom.expirySeconds },
    latest,
  )
  return { seq: alert.version, at, kind, alert }
}

const pushed = (entry: Entry, language: string) => {
  const deps = { newsroom, publicUrl: 'https://alerts.example', epoch: 'k3f9' }
  return JSON.parse(new TextDecoder().decode(payloadOf(entry, language, false, deps))).notification
}
const framed = (entry: Entry, language: string) =>
  entryMessage(entry, language, 'k3f9', newsroom) as { kind: Kind; alert: ReturnType<typeof render> }

describe('a correction', () => {
  it.each<[string, object, readonly string[]]>([
    ['a note', { note: { en: 'It was four.' } }, ['fa', 'ru']],
    [
      'a note and a text',
      { note: { en: 'It was four.' }, texts: { en: { headline: 'Four', summary: '' } } },
      ['fa', 'ru'],
    ],
    ['notes in two languages', { note: { en: 'Four.', fa: 'چهار.' } }, ['ru']],
    [
      'a note here and a text there',
      { note: { en: 'Four.' }, texts: { fa: { ...texts.fa, headline: 'چهار' } } },
      ['ru'],
    ],
    ['another summary', { note: { en: 'Four.' }, texts: { fa: { ...texts.fa, summary: 'در هرات.' } } }, ['ru']],
    ['a link', { note: { en: 'Four.' }, texts: { fa: { ...texts.fa, url: 'https://news.example/4' } } }, ['ru']],
    ['no picture any more', { note: { en: 'Four.' }, texts: { ru: { image: null } } }, ['fa']],
    [
      'another description of a picture',
      { note: { en: 'Four.' }, texts: { ru: { ...texts.ru, image: { ...texts.ru.image, alt: 'Пожар' } } } },
      ['fa'],
    ],
    ['the same text again', { note: { en: 'Four.' }, texts: { fa: { ...texts.fa } } }, ['fa', 'ru']],
    ['another level', { note: { en: 'Four.' }, level: 'flash' as const }, ['fa', 'ru']],
    ['a note in every language', { note: { en: 'Four.', fa: 'چهار.', ru: 'Четверо.' } }, []],
  ])('with %s leaves the languages untouched that it says nothing in', (_, revision, untouched) => {
    const entry = revised(first, 'correction', revision)
    expect(entry.alert.status).toBe('corrected')
    expect(Object.keys(entry.alert.untouched ?? {})).toEqual(untouched)
    expect(missingNoteWarnings(entry).map(({ pointer }) => pointer)).toEqual(untouched.map((tag) => `/note/${tag}`))
    for (const tag of Object.keys(texts)) {
      const isTouched = !untouched.includes(tag)
      expect([tag, hasTextIn(entry, tag)]).toEqual([tag, isTouched])
      expect(render(entry.alert, tag, newsroom)).toMatchObject({
        status: isTouched ? 'corrected' : 'live',
        changedAt: isTouched ? entry.at : first.changedAt,
        version: 2,
      })
      expect(framed(entry, tag)).toMatchObject({ kind: isTouched ? 'correction' : 'alert' })
      for (const languages of [[tag], [tag, 'uk']])
        expect(notifiedLanguage({ ...everything, languages }, entry)).toBe(isTouched ? tag : null)
      const { title, body } = pushed(entry, tag)
      const { headline, summary } = render(entry.alert, tag, newsroom)
      if (!isTouched) expect([title, body]).toEqual([headline, summary])
      else expect(title.endsWith(`: ${headline}`)).toBe(true)
    }
    expect(hasTextIn(entry, '*')).toBe(untouched.length < 3)
    expect(notifiedLanguage(everything, entry)).toBe('*')
  })

  it('that touches a language late leaves the other as the earlier correction made it, note and all', () => {
    const once = revised(first, 'correction', { note: { fa: 'چهار.' } })
    const twice = revised(once.alert, 'correction', { note: { en: 'Four.' } })
    expect(render(twice.alert, 'fa', newsroom)).toMatchObject({
      status: 'corrected',
      note: 'چهار.',
      changedAt: once.at,
    })
    expect(render(twice.alert, 'en', newsroom)).toMatchObject({
      status: 'corrected',
      note: 'Four.',
      changedAt: twice.at,
    })
    expect(render(twice.alert, 'ru', newsroom)).toMatchObject({ status: 'live', changedAt: first.changedAt })
    expect(kindIn(twice, 'fa')).toBe('correction')
    expect(kindIn(twice, 'ru')).toBe('alert')
    const thrice = revised(twice.alert, 'correction', { note: { ru: 'Четверо.' } })
    expect(render(thrice.alert, 'en', newsroom)).toMatchObject({
      status: 'corrected',
      note: 'Four.',
      changedAt: twice.at,
    })
    expect(render(thrice.alert, 'fa', newsroom)).toMatchObject({ note: 'چهار.', changedAt: once.at })
  })

  it('is forgotten by an update for everyone and by a retraction: nothing is untouched by those', () => {
    const corrected = revised(first, 'correction', { note: { en: 'Four.' } })
    for (const [kind, revision] of [
      ['update', { topics: ['afghanistan', 'iran'] }],
      ['update', { level: 'flash' }],
      ['update', { level: 'flash', texts: { en: { headline: 'Six' } } }],
      ['retraction', { note: { en: 'Not so.' } }],
    ] as const) {
      const entry = revised(corrected.alert, kind, revision)
      expect(entry.alert).not.toHaveProperty('untouched')
      for (const tag of ['en', 'fa', 'ru']) expect(kindIn(entry, tag)).toBe(kind)
    }
  })

  it('is pushed to a reader of every language in the first one that it says something in', () => {
    expect(pushed(revised(first, 'correction', { note: { ru: 'Четверо.' } }), '*')).toMatchObject({
      lang: 'ru',
      body: 'Четверо.',
      data: { kind: 'correction' },
    })
  })
})

describe('a retraction', () => {
  const retracted = revised(first, 'retraction', { note: { en: 'Nobody was killed.' } })

  it('leaves of the text only the headline, in every language', () => {
    for (const tag of ['en', 'fa', 'ru']) {
      const seen = render(retracted.alert, tag, newsroom)
      expect(seen).toMatchObject({ status: 'retracted', summary: '' })
      expect(seen).not.toHaveProperty('url')
      expect(seen).not.toHaveProperty('image')
      expect(seen).not.toHaveProperty('untouched')
      expect(framed(retracted, tag)).toMatchObject({ kind: 'retraction', alert: seen })
    }
  })

  it.each([
    ['fa', 'این هشدار نادرست بود و پس گرفته شد.', 'پس گرفته شد'],
    ['ru', 'Это сообщение было ошибочным и отозвано.', 'Отозвано'],
  ])('without a note in %s says so in its own words, and nothing of the false text', (tag, notice, title) => {
    expect(render(retracted.alert, tag, newsroom).note).toBe(notice)
    expect(pushed(retracted, tag)).toMatchObject({ title, body: notice, silent: false })
  })

  it('with a note says what was wrong', () => {
    expect(render(retracted.alert, 'en', newsroom).note).toBe('Nobody was killed.')
    expect(pushed(retracted, 'en')).toMatchObject({ title: 'Retracted: Five killed', body: 'Nobody was killed.' })
  })

  it('in a language that we have no notice in has the English sentence in its push, and no note', () => {
    const alert = { ...retracted.alert, texts: { ...texts, fr: { headline: 'Cinq morts', summary: 'À Kaboul.' } } }
    const body = 'This alert was wrong and has been withdrawn.'
    expect(pushed({ ...retracted, alert }, 'fr')).toMatchObject({ title: 'Retracted', body })
    expect(render(alert, 'fr', newsroom)).not.toHaveProperty('note')
  })

  it('after a correction in one language takes back all of them', () => {
    const corrected = revised(first, 'correction', { note: { en: 'Four.' } })
    const entry = revised(corrected.alert, 'retraction', { note: { fa: 'درست نبود.' } })
    expect(missingNoteWarnings(entry).map(({ pointer }) => pointer)).toEqual(['/note/en', '/note/ru'])
    expect(pushed(entry, 'en')).toMatchObject({ title: 'Retracted', data: { kind: 'retraction' } })
    for (const word of ['Five', 'Four', 'Kabul']) expect(JSON.stringify(pushed(entry, 'en'))).not.toContain(word)
  })
})

describe('an update', () => {
  const corrected = revised(first, 'correction', { note: { en: 'It was four.', fa: 'چهار.' } }).alert

  it.each<[string, object, readonly string[]]>([
    ['a summary', { texts: { en: { summary: 'In the north.' } } }, ['fa', 'ru']],
    ['texts in two languages', { texts: { en: { headline: 'Six' }, ru: { image: null } } }, ['fa']],
    ['a note', { note: { ru: 'Четверо.' } }, ['en', 'fa']],
    ['the same text again in another', { texts: { fa: { ...texts.fa }, ru: { headline: 'Шестеро' } } }, ['en', 'fa']],
    ['the level that it has', { level: 'urgent', texts: { ru: { headline: 'Шестеро' } } }, ['en', 'fa']],
    ['the topics that it has', { topics: ['afghanistan'], texts: { ru: { headline: 'Шестеро' } } }, ['en', 'fa']],
    ['a language that is new', { texts: { uk: { headline: 'Четверо', summary: '' } } }, ['en', 'fa', 'ru']],
    ['an expiry only', { expiresAt: '2026-03-20T00:00:00.000Z' }, ['en', 'fa', 'ru']],
    ['a level', { level: 'flash' }, []],
    ['a topic', { topics: ['afghanistan', 'iran'] }, []],
    ['a level and a text', { level: 'flash', texts: { en: { headline: 'Six' } } }, []],
  ])('of %s leaves the other languages as they stand, tells nobody there, and says so', (_, revision, untouched) => {
    const entry = revised(corrected, 'update', revision)
    expect(Object.keys(entry.alert.untouched ?? {})).toEqual(untouched)
    expect(missingNoteWarnings(entry).map(({ pointer }) => pointer)).toEqual(untouched.map((tag) => `/note/${tag}`))
    for (const tag of Object.keys(entry.alert.texts)) {
      const isTouched = !untouched.includes(tag)
      const { status, changedAt, note, version } = render(entry.alert, tag, newsroom)
      expect(version).toBe(3)
      expect(notifiedLanguage({ ...everything, languages: [tag, 'be'] }, entry)).toBe(isTouched ? tag : null)
      expect(previewOf(entry, tag, newsroom) === null).toBe(!isTouched)
      if (isTouched) expect([tag, status, changedAt]).toEqual([tag, tag === 'uk' ? 'live' : 'updated', entry.at])
      else {
        const before = render(corrected, tag, newsroom)
        expect([tag, status, changedAt, note]).toEqual([tag, before.status, before.changedAt, before.note])
        expect(kindIn(entry, tag)).toBe(tag === 'ru' ? 'alert' : 'correction')
      }
    }
  })

  it('and another and a correction leave what stands in a language there, however many come', () => {
    let { alert } = revised(first, 'correction', { note: { fa: 'چهار.' } })
    const standing = render(alert, 'fa', newsroom)
    for (const [kind, revision] of [
      ['update', { texts: { en: { headline: 'Six' } } }],
      ['update', { texts: { ru: { headline: 'Шестеро' } } }],
      ['correction', { note: { en: 'Seven.' } }],
      ['update', { note: { en: 'Eight.' } }],
    ] as const) {
      const entry = revised(alert, kind, revision)
      alert = entry.alert
      const { version: _, expiresAt: __, ...seen } = render(alert, 'fa', newsroom)
      const { version: ___, expiresAt: ____, ...before } = standing
      expect(seen).toEqual(before)
    }
  })
})

it('a new alert has no warning of missing words', () => {
  expect(missingNoteWarnings({ kind: 'alert', alert: first })).toEqual([])
})

it('a language that the newsroom has dropped keeps its direction, in pages, streams and pushes', () => {
  const smaller = { ...newsroom, languages: newsroom.languages.filter(({ tag }) => tag !== 'fa') }
  expect(render(first, 'fa', smaller).dir).toBe('rtl')
  expect(render(first, 'ru', smaller).dir).toBe('ltr')
  const deps = { newsroom: smaller, publicUrl: 'https://alerts.example', epoch: 'k3f9' }
  const payload = payloadOf({ seq: 1, at: first.changedAt, kind: 'alert', alert: first }, 'fa', false, deps)
  expect(JSON.parse(new TextDecoder().decode(payload)).notification.dir).toBe('rtl')
})

describe('a language that comes with an update', () => {
  const kind = 'update'
  const added = { uk: { headline: 'Четверо загиблих', summary: 'У Кабулі.' } }
  const note = { en: 'It was four.' }

  it.each<[string, object]>([
    ['beside a note for others', { note, texts: added }],
    ['with a raised level', { note, texts: added, level: 'flash' as const }],
    ['beside new texts of others', { note, texts: { ...added, fa: { headline: 'چهار' } } }],
  ])('is told the alert as a new one: %s', (_, revision) => {
    const entry = revised(first, kind, revision)
    expect(entry.alert).toMatchObject({ version: 2, addedLanguages: ['uk'] })
    expect(kindIn(entry, 'uk')).toBe('alert')
    const { status, note: said, changedAt } = render(entry.alert, 'uk', newsroom)
    expect([status, said, changedAt]).toEqual(['live', undefined, entry.at])
    expect(framed(entry, 'uk')).toMatchObject({ kind: 'alert', alert: { status: 'live', headline: added.uk.headline } })
    expect(Object.keys(framed(entry, 'uk').alert)).not.toContain('addedLanguages')
    const { title, body, data } = pushed(entry, 'uk')
    expect([title, body, data.kind]).toEqual([added.uk.headline, added.uk.summary, 'alert'])
    expect(previewOf(entry, 'uk', newsroom)).toEqual({ title, body })
    expect(notifiedLanguage({ ...everything, languages: ['uk'] }, entry)).toBe('uk')
    expect(framed(entry, 'en').kind).toBe(kind)
  })

  it('is told of it where a note there says what was told before', () => {
    const entry = revised(first, kind, { note: { ...note, uk: 'Їх було четверо.' }, texts: added })
    expect([entry.alert.addedLanguages, kindIn(entry, 'uk')]).toEqual([undefined, kind])
    expect(render(entry.alert, 'uk', newsroom).note).toBe('Їх було четверо.')
  })

  it('is new only once, and stays as it is while nothing is said there', () => {
    const came = revised(first, kind, { note, texts: added })
    const elsewhere = revised(came.alert, 'correction', { note: { fa: 'چهار.' } })
    expect(elsewhere.alert.addedLanguages).toBeUndefined()
    expect([hasTextIn(elsewhere, 'uk'), kindIn(elsewhere, 'uk')]).toEqual([false, 'alert'])
    expect(render(elsewhere.alert, 'uk', newsroom)).toMatchObject({ status: 'live', changedAt: came.at })
    const there = revised(elsewhere.alert, 'correction', { note: { uk: 'Їх було троє.' } })
    expect(kindIn(there, 'uk')).toBe('correction')
    expect(pushed(there, 'uk').data.kind).toBe('correction')
    const gone = revised(came.alert, 'retraction', { note })
    expect([kindIn(gone, 'uk'), gone.alert.addedLanguages]).toEqual(['retraction', undefined])
  })
})

describe('a language that comes with a correction', () => {
  const note = { en: 'It was four.' }
  const texts = { uk: { headline: 'Четверо загиблих', summary: 'У Кабулі.' } }
  const entry = revised(first, 'correction', { note, texts })

  it('is told the correction: who reads both may have been told what was wrong', () => {
    expect(entry.alert.addedLanguages).toEqual(['uk'])
    expect(kindIn(entry, 'uk')).toBe('correction')
    expect(render(entry.alert, 'uk', newsroom)).toMatchObject({ status: 'corrected', changedAt: entry.at })
    expect(framed(entry, 'uk')).toMatchObject({ kind: 'correction', alert: { status: 'corrected' } })
    expect(pushed(entry, 'uk').data.kind).toBe('correction')
    expect(notifiedLanguage({ ...everything, languages: ['uk', 'en'] }, entry)).toBe('uk')
  })

  it('is warned of, unless a note there says what was wrong', () => {
    const pointers = (of: Entry) => missingNoteWarnings(of).map(({ pointer }) => pointer)
    expect(pointers(entry)).toContain('/note/uk')
    expect(missingNoteWarnings(entry)[0]?.detail).toContain('by an update')
    const noted = revised(first, 'correction', { note: { ...note, uk: 'Їх було четверо.' }, texts })
    expect(pointers(noted)).not.toContain('/note/uk')
    expect(pointers(revised(first, 'update', { texts }))).not.toContain('/note/uk')
  })
})
