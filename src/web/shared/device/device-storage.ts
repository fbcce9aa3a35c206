import type { FreezeStorage } from '../../../client/listen.ts'

/** The storage of this browser for what its stream learns. Where a browser refuses it, its use throws, not its mention. */
export const deviceStorage: FreezeStorage = {
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, value) => localStorage.setItem(name, value),
}
