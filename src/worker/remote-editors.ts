import type { EditorStore } from '../auth/editor.ts'
import type { LogCalls } from './rpc.ts'

/** Who holds a key or a session, asked of the log object: for those who have no desk. */
export function remoteEditors(log: Pick<LogCalls, 'holder'>): Pick<EditorStore, 'holder'> {
  return {
    holder: (credential, at) => log.holder(credential, at),
  }
}
