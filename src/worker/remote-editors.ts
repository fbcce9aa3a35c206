import type { EditorStore } from '../auth/editor.ts'
import type { LogCalls } from './rpc.ts'

/** Looks up the holder of a key or a session in the log object, for objects without the editors' tables. */
export function remoteEditors(log: Pick<LogCalls, 'holder'>): Pick<EditorStore, 'holder'> {
  return {
    holder: (credential, at) => log.holder(credential, at),
  }
}
