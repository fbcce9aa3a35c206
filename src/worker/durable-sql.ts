import type { Sql, SqlValue } from '../store/sql.ts'

type Storage = Pick<DurableObjectStorage, 'sql' | 'transactionSync'>

/**
 * A Durable Object's SQLite behind the sliver that the stores use. What was written is durable before anything that the
 * object says leaves it: answers, calls and frames wait for the disk (output gates,
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
    // Nobody else reads or writes here: what runs without a pause is alone.
    snapshot: (act) => act(),
    retryBusy: async (act) => act(),
  }
}

/** Bytes go in as a buffer of their own: a view would take all that lies around it along. */
function bound(value: SqlValue): SqlStorageValue {
  return value instanceof Uint8Array ? Uint8Array.from(value).buffer : value
}

function rowOf<Row>(row: Record<string, SqlStorageValue>): Row {
  for (const [name, value] of Object.entries(row))
    if (value instanceof ArrayBuffer) Object.assign(row, { [name]: new Uint8Array(value) })
  return row as Row
}
