import { dirOf } from '../../domain/text.ts'
import { english, localeOf } from '../../locales/locales.ts'
import { declarativePush } from '../../protocol/push-payload.ts'
import type { NoticeKind } from '../editors/notice.ts'
import { padded } from './payload.ts'

/** What an editor's browser is told. `itemId`: null: it is about no item. */
type Told = {
  readonly kind: NoticeKind
  readonly itemId: string | null
  readonly language: string
  readonly at: string
}

const words = { approval: 'toldApproval', missed: 'toldMissed', alarm: 'toldAlarm' } as const

/**
 * The payload of a push to an editor's own browser, as long as readers' are. It says that something waits, and nothing of the
 * alert: screens are read by others too. Its link leads to the item at the desk.
 */
export function editorPayload({ kind, itemId, language, at }: Told, publicUrl: string): Uint8Array {
  return padded({ title: { ...english.desk, ...localeOf(language).desk }[words[kind]], body: '' }, ({ title, body }) =>
    JSON.stringify({
      web_push: declarativePush,
      mutable: true,
      notification: {
        title,
        body,
        navigate: `${publicUrl}/desk?lang=${language}${itemId === null ? '' : `#item-${itemId}`}`,
        lang: language,
        dir: dirOf(language),
        tag: `desk-${itemId ?? kind}`,
        mutable: true,
        silent: false,
        data: { kind: 'desk', about: kind, at },
      },
    }),
  )
}
