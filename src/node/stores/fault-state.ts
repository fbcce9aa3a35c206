import type { Alarms } from '../../push/outbox/alarms.ts'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import type { Logger } from '../logger.ts'
import type { StorageState } from './stores.ts'

/** Is called once for every fault that begins or changes, and with null at the end of one. */
export type NotifyOfFault = (line: string, kind: StorageFaultKind | null) => void

type Deps = {
  readonly sentenceOf: (kind: StorageFaultKind) => string
  /** The sentence for the end of a fault. */
  readonly recovered: string
  /** The fault that stays until the database is opened again. */
  readonly lasting: StorageFaultKind
  readonly notify: NotifyOfFault
}

/** The present fault of a database. Every connection reports its faults here. */
export class FaultState implements StorageState {
  readonly #deps: Deps
  #kind: StorageFaultKind | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get fault(): StorageFaultKind | null {
    return this.#kind
  }

  /** Null also during and after a move to another database: a proxy must not take the readers away from a service that serves them. */
  get why(): string | null {
    return this.#kind === null || this.#kind === 'moving' || this.#kind === 'moved'
      ? null
      : this.#deps.sentenceOf(this.#kind)
  }

  /** A database in a file is there for this process alone: when it cannot be read, nobody else can either. */
  get unreadableMs(): number {
    return 0
  }

  /** A connection has met a fault, or (null) has used the database successfully after one. */
  heed(kind: StorageFaultKind | null): void {
    const { lasting, notify, recovered, sentenceOf } = this.#deps
    if (kind === this.#kind || this.#kind === lasting) return
    // A service whose newsroom has moved still writes what is its own, such as at its stop.
    if (this.#kind === 'moved' && kind === null) return
    this.#kind = kind
    if (kind === null) notify(recovered, null)
    else notify(`Nothing can be stored: ${sentenceOf(kind)}`, kind)
  }

  reporting(report: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void {
    return (error, doing) => {
      if (error instanceof StorageFault) this.heed(error.kind)
      else report(error, doing)
    }
  }
}

/** Tells the operator's log and the desk of faults. There is one alarm of the storage at a time: another fault replaces it. */
export function faultNotices(alarms: Alarms, { alert, warn }: Pick<Logger, 'alert' | 'warn'>): NotifyOfFault {
  return (line, kind) => {
    alarms.end('storage')
    if (kind === null) return warn(line)
    alarms.raise({ kind: 'storage', host: null, detail: line })
    alert(line)
  }
}
