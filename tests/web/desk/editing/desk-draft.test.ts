import { describe, expect, it } from 'vitest'
import { parseDraft, parseRevision } from '../../../../src/domain/alert.ts'
import type { Alert } from '../../../../src/domain/alert-types.ts'
import {
  type DeskDraft,
  isBlank,
  isSameWriting,
  newDraft,
  publishBody,
  rebased,
  revisionOf,
} from '../../../../src/web/desk/editing/desk-draft.ts'
import { newsroomOfPages as newsroom } from '../../../support/browser/pages-deps.ts'

const alert: Alert = {
  id: '01932f6e-0000-7000-8000-000000000001',
  version: 1,
  level: 'urgent',
  audience: 'public',
  topics: ['rights'],
  status: 'live',
  texts: {
    en: {
      headline: 'Court frees three',
      summary: 'Without charge.',
      image: { url: 'https://a.example/1.jpg', alt: 'Gate' },
    },
    fa: { headline: 'دادگاه سه نفر را آزاد کرد', summary: '' },
  },
  publishedAt: '2026-03-01T12:00:00.000Z',
  changedAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-01T16:00:00.000Z',
}

const linked: Alert = {
  ...alert,
  texts: {
    ...alert.texts,
    en: { headline: 'Court frees three', summary: 'Without charge.', url: 'https://a.example/old' },
  },
}

const written: DeskDraft = {
  ...newDraft('en'),
  level: 'flash',
  audience: 'public',
  texts: { en: { headline: 'Quake', summary: '', url: ' https://a.example/x ' } },
}

describe('a desk draft', () => {
  it('becomes a body that the service takes, without an empty link', () => {
    expect(parseDraft(publishBody(written), newsroom)).toMatchObject({
      level: 'flash',
      audience: 'public',
      texts: { en: { headline: 'Quake', url: 'https://a.example/x' } },
    })
    const plain = { ...written, texts: { en: { headline: 'Quake', summary: '', url: ' ' } } }
    expect(parseDraft(publishBody(plain), newsroom).texts.en).toEqual({ headline: 'Quake', summary: '' })
  })

  it('has a new key for each intention', () => {
    expect(new Set([newDraft('en').key, newDraft('en').key, revisionOf(alert, 'update').key]).size).toBe(3)
  })

  it('that corrects sends only the fields that changed, null for what was emptied, and the note', () => {
    const draft = revisionOf(linked, 'correction')
    const change = (en: Partial<DeskDraft['texts'][string]>) => {
      const { en: before = { headline: '', summary: '', url: '' }, ...others } = draft.texts
      const body = publishBody({
        ...draft,
        texts: { ...others, en: { ...before, ...en } },
        note: { en: 'It was two.', fa: ' ' },
      })
      expect(parseRevision('correction', body, newsroom)).toMatchObject({ note: { en: 'It was two.' } })
      return body
    }
    const note = { en: 'It was two.' }
    expect(change({})).toEqual({ note })
    expect(change({ headline: 'Court frees two' })).toEqual({ texts: { en: { headline: 'Court frees two' } }, note })
    expect(change({ summary: ' ' })).toEqual({ texts: { en: { summary: null } }, note })
    expect(change({ summary: 'Without trial.' })).toEqual({ texts: { en: { summary: 'Without trial.' } }, note })
    expect(change({ url: ' ' })).toEqual({ texts: { en: { url: null } }, note })
    expect(change({ url: ' https://a.example/new ' })).toEqual({
      texts: { en: { url: 'https://a.example/new' } },
      note,
    })
  })

  it('that adds a language sends its whole text, without an empty link', () => {
    const draft = revisionOf(linked, 'update')
    const ru = { headline: 'Суд', summary: '', url: '' }
    expect(publishBody({ ...draft, texts: { ...draft.texts, ru } })).toEqual({
      texts: { ru: { headline: 'Суд', summary: '' } },
    })
  })

  it('that corrects without a note is refused by the service, not sent as an update', () => {
    expect(() => parseRevision('correction', publishBody(revisionOf(alert, 'correction')), newsroom)).toThrow(/note/)
  })

  it('never names a picture, which the desk cannot change', () => {
    const draft = revisionOf(alert, 'update')
    const texts = { ...draft.texts, en: { headline: 'Court frees two', summary: 'Without charge.', url: '' } }
    expect(publishBody({ ...draft, texts })).toEqual({ texts: { en: { headline: 'Court frees two' } } })
  })

  it('that another editor overtook keeps edited fields, takes the others as they are now, and sends only its own', () => {
    const draft = revisionOf(linked, 'correction')
    const { en: before = { headline: '', summary: '', url: '' }, ...others } = draft.texts
    const mine = {
      ...draft,
      level: 'flash' as const,
      topics: ['rights', 'iran'],
      texts: { ...others, en: { ...before, summary: 'With charge.' } },
      note: { en: 'n', fa: '' },
    }
    const newest: Alert = {
      ...linked,
      version: 2,
      topics: ['rights', 'courts'],
      texts: {
        ...linked.texts,
        en: { headline: 'Court frees four', summary: 'Without charge.' },
        ru: { headline: 'Суд', summary: '' },
      },
    }
    const after = rebased(mine, newest)
    expect(after).toMatchObject({
      key: mine.key,
      kind: 'correction',
      level: 'flash',
      topics: ['rights', 'courts', 'iran'],
      note: { en: 'n', fa: '', ru: '' },
    })
    expect(after.alert?.version).toBe(2)
    expect(after.texts.en).toEqual({ headline: 'Court frees four', summary: 'With charge.', url: '' })
    expect(after.texts.ru).toEqual({ headline: 'Суд', summary: '', url: '' })
    expect(publishBody(after)).toEqual({
      level: 'flash',
      topics: ['rights', 'courts', 'iran'],
      texts: { en: { summary: 'With charge.' } },
      note: { en: 'n' },
    })
    expect(publishBody(rebased(draft, newest))).toEqual({ note: {} })
  })

  it('keeps a headline that both changed as this editor wrote it', () => {
    const draft = revisionOf(linked, 'update')
    const texts = { ...draft.texts, en: { headline: 'Mine', summary: 'Without charge.', url: 'https://a.example/old' } }
    const newest: Alert = {
      ...linked,
      version: 2,
      texts: { ...linked.texts, en: { headline: 'Theirs', summary: 'New.' } },
    }
    expect(rebased({ ...draft, texts }, newest).texts.en).toEqual({ headline: 'Mine', summary: 'New.', url: '' })
  })

  it('is blank until something is written, and a revision never is', () => {
    expect(isBlank(newDraft('en'))).toBe(true)
    expect(isBlank(written)).toBe(false)
    expect(isBlank(revisionOf(alert, 'update'))).toBe(false)
  })
})

describe('isSameWriting', () => {
  const texts = (headline: string, summary = '') => ({ texts: { en: { headline, summary, url: '' } } })
  const correction = revisionOf(alert, 'correction')

  it.each([
    ['a letter more', written, { ...written, ...texts('Quake!') }],
    ['another field', written, { ...written, texts: { en: { headline: 'Quake', summary: 'In Herat.', url: '' } } }],
    ['another level', written, { ...written, level: 'urgent' }],
    ['test for live', written, { ...written, audience: 'test' }],
    ['another topic', written, { ...written, topics: ['rights'] }],
    ['another language', written, { ...written, texts: { ...written.texts, ...newDraft('fa').texts } }],
    ['the same words begun anew', written, { ...written, key: newDraft('en').key }],
    ['a note', correction, { ...correction, note: { en: 'It was two.' } }],
    ['a field emptied', correction, { ...correction, ...texts('Court frees three') }],
  ] as const)('sees %s', (_, before, after) => {
    expect([isSameWriting(before, after as DeskDraft), isSameWriting(after as DeskDraft, before)]).toEqual([
      false,
      false,
    ])
  })

  it('takes what is being sent as the same, and what was read again from the form', () => {
    expect(isSameWriting(written, { ...written, state: 'sending' })).toBe(true)
    expect(isSameWriting(correction, JSON.parse(JSON.stringify(correction)))).toBe(true)
  })
})
