import type { Sql, SqlValue } from '../../../src/store/sql.ts'

/** A database that can be told to end in the midst of a transaction. */
export type CrashingSql = Sql & {
  /** At this statement of the next transaction, or after its commit where it has fewer. */
  crashAt(point: number): void
}

/**
 * `sql`, which crashes when it is told to. `crash`: keeps what is on the disk at this moment, as a killed process would
 * leave it; it throws, or never returns. Afterwards nothing of it can be used.
 */
export function crashingSql(sql: Sql, crash: () => never): CrashingSql {
  let statementsLeft: number | null = null
  let isWithin = false
  let state: 'alive' | 'dead' = 'alive'
  const die = (): never => {
    state = 'dead'
    return crash()
  }
  const counted = <Result>(act: () => Result): Result => {
    if (state === 'dead') throw new Error('the process that had this database open is dead')
    if (isWithin && statementsLeft !== null) {
      if (statementsLeft === 0) die()
      statementsLeft -= 1
    }
    return act()
  }
  return {
    all: <Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]) =>
      counted(() => sql.all<Row>(statement, ...values)),
    run: (statement, ...values) => counted(() => sql.run(statement, ...values)),
    snapshot: (act) => counted(() => sql.snapshot(act)),
    retryBusy: (act) => sql.retryBusy(act),
    transaction(act) {
      counted(() => {})
      const result = sql.transaction(() => {
        isWithin = true
        try {
          return act()
        } finally {
          isWithin = false
        }
      })
      if (statementsLeft !== null) die()
      return result
    },
    crashAt(point) {
      statementsLeft = point
    },
  }
}
