import type { EditorStore } from '../editor.ts'
import type { LogCalls } from './calls.ts'

/** Who holds a key or a session, asked of the log object: for those who have no desk. */
export function remoteEditors(
  log: Pick<LogCalls, 'editorByKey' | 'editorBySession'>,
): Pick<EditorStore, 'byKey' | 'bySession'> {
  return {
    byKey: (keyHash) => log.editorByKey(keyHash),
    bySession: (tokenHash, now) => log.editorBySession(tokenHash, now),
  }
}
