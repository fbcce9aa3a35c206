import { describe, expect, test } from 'vitest'
import { parseRevision } from '../../src/domain/alert.ts'
import { applyChange, type Change } from '../../src/domain/change.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { SqliteLog } from '../../src/store/sqlite/sqlite-log.ts'
import { refusalOf } from '../support/refusal.ts'
import { alertOf, newAlert, newsroom } from '../support/samples.ts'

const later = '2026-03-01T13:00:00.000Z'
const image = { url: 'https://news.example/1.jpg', alt: 'A street' }
const texts = {
  en: { headline: 'Five killed', summary: 'Police say so.', url: 'https://news.example/1', image },
  fa: { headline: 'پنج کشته', summary: '' },
}
const live = alertOf({ texts, level: 'urgent', topics: ['iran', 'russia'] })
const corrected = { ...live, version: 2, status: 'corrected', note: { en: 'It was six.' } } as const

function changing(kind: 'update' | 'correction', body: object): Change & { kind: 'update' | 'correction' } {
  const revision = parseRevision(kind, body, newsroom, live)
  return { kind, id: live.id, revision, at: later, by: 'e', expirySeconds: newsroom.expirySeconds }
}

describe('a revision that changes nothing is refused and published to nobody', () => {
  test.each<[string, object]>([
    ['the same level', { level: 'urgent' }],
    ['the same topics in another order', { topics: ['russia', 'iran'] }],
    ['the same headline', { texts: { en: { headline: 'Five killed' } } }],
    ['the same after it is cleaned', { texts: { en: { headline: '  Five\u0000 killed\n' } } }],
    ['the same summary', { texts: { en: { summary: 'Police say so.' } } }],
    ['the same link in another spelling', { texts: { en: { url: 'HTTPS://News.Example:443/1' } } }],
    ['the same picture', { texts: { en: { image } } }],
    ['one part of the same picture', { texts: { en: { image: { alt: 'A street' } } } }],
    ['nothing taken away from nothing', { texts: { fa: { summary: null, url: null, image: null } } }],
    ['no summary for no summary', { texts: { fa: { summary: '' } } }],
    ['the same expiry', { expiresAt: live.expiresAt }],
    ['the same expiry written otherwise', { expiresAt: '2026-03-01t17:00:00+01:00' }],
    ['all of it again', { level: live.level, topics: live.topics, texts, expiresAt: live.expiresAt, version: 1 }],
  ])('%s', (_, body) => {
    const refusal = refusalOf(() => applyChange(changing('update', body), live))
    expect([refusal.status, refusal.code]).toEqual([400, 'invalid'])
    expect(refusal.message).toContain('It changes nothing')
    expect(refusal.message).toContain('version 1')
  })

  test('a correction with the note and the text that stand', () => {
    const body = { note: { en: 'It was six.' }, texts: { en: { headline: 'Five killed' } } }
    expect(refusalOf(() => applyChange(changing('correction', body), corrected)).message).toContain(
      'It changes nothing',
    )
  })
})

describe('a revision with one thing that is new is published', () => {
  test.each<[string, 'update' | 'correction', object, typeof live]>([
    ['a level', 'update', { level: 'flash' }, live],
    ['a topic more', 'update', { topics: ['iran', 'russia', 'ukraine'] }, live],
    ['every topic', 'update', { topics: [] }, live],
    ['a mark', 'update', { texts: { en: { headline: 'Five killed.' } } }, live],
    ['another case', 'update', { texts: { en: { headline: 'five killed' } } }, live],
    ['no link', 'update', { texts: { en: { url: null } } }, live],
    ['another description', 'update', { texts: { en: { image: { alt: 'A road' } } } }, live],
    ['a language', 'update', { texts: { ru: { headline: 'Пять' } } }, live],
    ['an expiry a millisecond later', 'update', { expiresAt: '2026-03-01T16:00:00.001Z' }, live],
    ['a note where there is none', 'update', { note: { en: 'It was six.' } }, live],
    ['a note in the other language', 'correction', { note: { fa: 'شش' } }, corrected],
    ['another note', 'correction', { note: { en: 'It was seven.' } }, corrected],
    [
      'the same note of an update as a correction',
      'correction',
      { note: { en: 'x' } },
      { ...live, status: 'updated', note: { en: 'x' } },
    ],
    ['the same note of a correction as an update', 'update', { note: { en: 'It was six.' } }, corrected],
  ])('%s', (_, kind, body, latest) => {
    expect(applyChange(changing(kind, body), latest).version).toBe(latest.version + 1)
  })

  test('a retraction, though its note is the one that stands', () => {
    const revision = { note: { en: 'It was six.' } }
    const change = {
      kind: 'retraction',
      id: live.id,
      at: later,
      by: 'e',
      expirySeconds: newsroom.expirySeconds,
    } as const
    expect(applyChange({ ...change, revision }, corrected).status).toBe('retracted')
  })
})

test('it is compared with the newest version, and its key is answered as the first time', async () => {
  const sql = openSqlite(':memory:')
  const log = new SqliteLog(sql, 'e1')
  const { level } = live
  const topics = [...live.topics]
  await log.append(newAlert(live.id, { level, topics, texts }), 'new')
  const change = changing('update', { texts: { en: { headline: 'Four killed' } } })
  const first = await log.append(change, 'one')
  await expect(log.append(change, 'two')).rejects.toMatchObject({ status: 400, code: 'invalid' })
  expect(await log.append(change, 'one')).toEqual(first)
  // What was so two versions ago is news again.
  const back = changing('update', { texts: { en: { headline: 'Five killed' } } })
  expect((await log.append(back, 'three')).alert.version).toBe(3)
  expect((await log.append(change, 'four')).alert.version).toBe(4)
  expect((await log.bounds()).head).toBe(4)
  sql.close()
})

describe('a note is for those who have a text', () => {
  test.each<[string, object, readonly string[]]>([
    ['a language of the newsroom', { note: { ru: 'Нет.' } }, ['/note/ru']],
    ['one beside one that is there', { note: { en: 'No.', ru: 'Нет.' } }, ['/note/ru']],
    ['two', { note: { uk: 'Ні.', ru: 'Нет.' } }, ['/note/uk', '/note/ru']],
    ['no language of the newsroom', { note: { xx: 'No.' } }, ['/note/xx']],
    ['another case', { note: { EN: 'No.' } }, ['/note/EN']],
    ['a name of every object', { note: { constructor: 'No.' } }, ['/note/constructor']],
  ])('in %s that the alert does not have it is refused, naming those it has', (_, body, pointers) => {
    for (const kind of ['update', 'correction', 'retraction'] as const) {
      const refusal = refusalOf(() => parseRevision(kind, body, newsroom, live))
      expect(refusal.errors.map(({ pointer }) => pointer)).toEqual(pointers)
      expect(refusal.errors[0]?.detail).toContain('en, fa')
      if (kind === 'retraction') continue
      const change = { ...changing('update', { level: 'flash' }), kind, revision: body }
      const later = refusalOf(() => applyChange(change, live))
      expect([later.status, later.errors.map(({ pointer }) => pointer)]).toEqual([400, pointers])
    }
  })

  test('one that comes with the first text of its language is taken', () => {
    const body = { note: { ru: 'Новое.' }, texts: { ru: { headline: 'Пять' } } }
    expect(applyChange(changing('update', body), live).note).toEqual({ ru: 'Новое.' })
    expect(refusalOf(() => parseRevision('correction', { note: { EN: 'x' } }, newsroom, live)).message).toContain(
      'did you mean en?',
    )
  })
})

describe('what the newsroom has dropped since', () => {
  const smaller = {
    ...newsroom,
    languages: newsroom.languages.filter(({ tag }) => tag !== 'fa'),
    topics: newsroom.topics.filter(({ id }) => id !== 'russia'),
  }

  test.each<[string, 'update' | 'correction' | 'retraction', object]>([
    ['a note', 'retraction', { note: { fa: 'نه' } }],
    ['a note and a text', 'correction', { note: { fa: 'نه' }, texts: { fa: { headline: 'چهار کشته' } } }],
    ['the topics as they were', 'update', { topics: ['iran', 'russia', 'ukraine'] }],
  ])('is taken in %s of an alert that has it, and of no other', (_, kind, body) => {
    const revision = parseRevision(kind, body, smaller, live)
    const change = { kind, id: live.id, at: later, by: 'e', expirySeconds: newsroom.expirySeconds, revision }
    expect(applyChange(change, live).version).toBe(2)
    const without = { texts: { en: texts.en }, topics: ['iran'] }
    expect(refusalOf(() => parseRevision(kind, body, smaller, without)).code).toBe('invalid')
    expect(refusalOf(() => parseRevision(kind, body, smaller)).code).toBe('invalid')
  })
})
