import { describe, expect, it } from 'vitest'
import { type Alert, parseDraft, parseRevision } from '../src/alert.ts'
import { alertBody, type DeskDraft, isBlank, newDraft, publishBody, revisionOf } from '../src/web/desk-draft.ts'
import { newsroomOfPages as newsroom } from './support/house-of-pages.ts'

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

  it('that corrects sends only what changed, and the note', () => {
    const draft = revisionOf(alert, 'correction')
    const texts = { ...draft.texts, fa: { headline: 'دو نفر', summary: '', url: '' } }
    const body = publishBody({ ...draft, texts, note: { en: '', fa: 'دو نفر بودند.' } })
    expect(body).toEqual({ texts: { fa: { headline: 'دو نفر', summary: '' } }, note: { fa: 'دو نفر بودند.' } })
    expect(parseRevision('correction', body, newsroom)).toMatchObject({ note: { fa: 'دو نفر بودند.' } })
  })

  it('that corrects without a note is refused by the service, not sent as an update', () => {
    expect(() => parseRevision('correction', publishBody(revisionOf(alert, 'correction')), newsroom)).toThrow(/note/)
  })

  it('keeps a picture that the desk cannot change', () => {
    const draft = revisionOf(alert, 'update')
    const texts = { ...draft.texts, en: { headline: 'Court frees two', summary: 'Without charge.', url: '' } }
    expect(publishBody({ ...draft, texts })).toMatchObject({ texts: { en: { image: { alt: 'Gate' } } } })
    expect(alertBody(draft)).toMatchObject({ texts: { en: { image: { alt: 'Gate' } } } })
  })

  it('is blank until something is written, and a revision never is', () => {
    expect(isBlank(newDraft('en'))).toBe(true)
    expect(isBlank(written)).toBe(false)
    expect(isBlank(revisionOf(alert, 'update'))).toBe(false)
  })
})
