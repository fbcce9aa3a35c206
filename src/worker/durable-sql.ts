import type { Sql, SqlValue } from '../store/sql.ts'

type Storage = Pick<DurableObjectStorage, 'sql' | 'transactionSync'>

/**
 * A Durable Object's SQLite, with the few methods that the stores use. A write is durable before the object's next
 * response, call or frame is sent (output gates,
 * https://developers.cloudflare.com/durable-objects/reference/in-memory-state/).
 */
export function durableSql(storage: Storage): Sql {
  const all = <Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]) =>
    storage.sql
      .exec<Record<string, SqlStorageValue>>(statement, ...values.map(bound))
      .toArray()
      .map(rowOf<Row>)
  return {
    all,
    run(statement, ...values) {
      storage.sql.exec(statement, ...values.map(bound))
      // `rowsWritten` counts the rows of indexes too.
      return all<{ changed: number }>('select changes() as changed')[0]?.changed ?? 0
    },
    transaction: (act) => storage.transactionSync(act),
    // No other connection reads or writes this database, so synchronous code runs alone.
    snapshot: (act) => act(),
    retryBusy: async (act) => act(),
  }
}

/** Copies bytes into a buffer of their own: of a view, the whole underlying buffer would be stored. */
function bound(value: SqlValue): SqlStorageValue {
  return value instanceof Uint8Array ? Uint8Array.from(value).buffer : value
}

function rowOf<Row>(row: Record<string, SqlStorageValue>): Row {
  for (const [name, value] of Object.entries(row))
    if (value instanceof ArrayBuffer) Object.assign(row, { [name]: new Uint8Array(value) })
  return row as Row
}
