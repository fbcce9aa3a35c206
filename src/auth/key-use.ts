import type { Credential, EditorStore, KeyHolder } from './editor.ts'
import { dayOf } from './sessions.ts'

type Deps = {
  readonly editors: Pick<EditorStore, 'noteUse'>
  readonly report: (error: unknown, doing: string) => void
}

/** Is called with every use of a key or a session, at a time (RFC 3339). */
export type NoteUse = (holder: KeyHolder, credential: Credential, at: string) => void

/**
 * Notes the day on which a key or a session was used: one write a day for each, which no request waits for. A process tries
 * each once a day, so that a database that does not take it is not asked again with every request.
 */
export function noteUses({ editors, report }: Deps): NoteUse {
  let day = ''
  const noted = new Set<string>()
  return ({ usedOn }, credential, at) => {
    const today = dayOf(at)
    if (usedOn !== null && usedOn >= today) return
    if (day !== today) noted.clear()
    day = today
    if (noted.has(credential.hash)) return
    noted.add(credential.hash)
    void editors.noteUse(credential, today).catch((error: unknown) => report(error, 'noting that a key was used'))
  }
}
