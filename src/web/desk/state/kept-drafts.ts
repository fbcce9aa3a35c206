import type { DeskDraft } from '../editing/desk-draft.ts'
import { noTimes } from '../editing/desk-draft.ts'

const prefix = 'tocsin.desk.draft.'
const openName = 'tocsin.desk.open'

type Storages = { readonly local: Storage; readonly session: Storage }

/**
 * Drafts in this browser: one entry for each, written at every keystroke, so that neither reload, crash nor an ended session
 * loses one, and two tabs do not write over each other. Each tab remembers which one it has open. All of it fails softly:
 * a browser may keep nothing.
 */
export class KeptDrafts {
  readonly #storages: () => Storages

  constructor(storages: () => Storages = () => ({ local: localStorage, session: sessionStorage })) {
    this.#storages = storages
  }

  /** Keeps a draft as the one that this tab has open. Whether the browser keeps it. */
  keep(draft: DeskDraft): boolean {
    try {
      const { local, session } = this.#storages()
      local.setItem(prefix + draft.key, JSON.stringify(draft))
      session.setItem(openName, draft.key)
      return true
    } catch {
      return false
    }
  }

  /** Forgets a draft: it went out, was deleted, or is kept by the service. */
  forget(key: string): void {
    try {
      this.#storages().local.removeItem(prefix + key)
    } catch {
      // What is not kept is not there.
    }
  }

  /** What this tab had open before it was loaded again. */
  open(): DeskDraft | null {
    try {
      const { local, session } = this.#storages()
      return draftIn(local.getItem(prefix + (session.getItem(openName) ?? '')))
    } catch {
      return null
    }
  }

  /** All drafts of this browser, those of other tabs too. */
  all(): readonly DeskDraft[] {
    try {
      const { local } = this.#storages()
      return Array.from({ length: local.length }, (_, at) => local.key(at) ?? '')
        .filter((name) => name.startsWith(prefix))
        .flatMap((name) => draftIn(local.getItem(name)) ?? [])
    } catch {
      return []
    }
  }
}

function draftIn(text: string | null): DeskDraft | null {
  const draft = JSON.parse(text ?? 'null')
  if (typeof draft?.key !== 'string' || typeof draft.texts !== 'object') return null
  return { ...draft, times: { ...noTimes, ...draft.times }, item: draft.item ?? null }
}
