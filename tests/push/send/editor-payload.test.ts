import { expect, test } from 'vitest'
import { deskLanguages, localeOf } from '../../../src/locales/locales.ts'
import { editorPayload } from '../../../src/push/send/editor-payload.ts'
import { payloadBytes } from '../../../src/push/send/payload.ts'
import { notificationOf } from '../../../src/web/service-worker/notification.ts'

const at = '2026-03-01T12:00:00.000Z'
const kinds = ['approval', 'missed', 'alarm'] as const
const told = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes))

test('each is as long as a reader’s, in every language of the desk, and has words of its own in each', () => {
  for (const language of deskLanguages) {
    const titles = kinds.map((kind) => {
      const bytes = editorPayload(
        { kind, itemId: kind === 'alarm' ? null : 'item-1', language, at },
        'https://n.example',
      )
      expect(bytes).toHaveLength(payloadBytes)
      return told(bytes).notification.title
    })
    const { toldApproval, toldMissed, toldAlarm } = localeOf(language).desk ?? {}
    expect(titles).toEqual([toldApproval, toldMissed, toldAlarm])
    expect(new Set(titles).size).toBe(kinds.length)
  }
})

test('the service worker shows it in its language, with a sound, in the place of an older one of the item, and remembers nothing', () => {
  const itemId = '0197b2c8-6f0e-7c3a-8d5e-2f6a1b3c4d5e'
  const payload = told(editorPayload({ kind: 'approval', itemId, language: 'fa', at }, 'https://n.example'))
  const { show, seen } = notificationOf(payload, [])
  expect(show).toMatchObject({
    ...{ body: '', tag: `desk-${itemId}`, lang: 'fa', dir: 'rtl', silent: false },
    data: { navigate: `https://n.example/desk?lang=fa#item-${itemId}` },
  })
  expect(seen).toEqual([])
})
