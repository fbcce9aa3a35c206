import { migrate, type Schema, type Sql } from '../../store/sql.ts'

const schema: Schema = {
  store: 'placements',
  steps: ['create table placements (hub text primary key, relay text) strict'],
}

const hubsPerRelayMax = 128

const selectPlace = 'select relay from placements where hub = ?'
const countDirect = 'select count(*) as hubs from placements where relay is null'
const selectRoom = `select relay, count(*) as hubs from placements where relay is not null
  group by relay order by hubs limit 1`
const selectRelays = 'select distinct relay from placements where relay is not null'
const insertPlace = 'insert into placements (hub, relay) values (?, ?)'
const deletePlace = 'delete from placements where hub = ?'

/** Assigns each hub the relay that it reads from: none while there are few hubs; a tree of relays when there are many. */
export class RelayPlacements {
  readonly #sql: Sql

  readonly #directMax: number

  /** `directMax`: how many hubs the log object wakes itself. */
  constructor(sql: Sql, directMax: number) {
    this.#sql = sql
    this.#directMax = directMax
    migrate(sql, schema)
  }

  /** The name of a hub's relay, or null for the log object itself. A known hub keeps its relay. */
  place(hub: string): string | null {
    const [known] = this.#sql.all<{ relay: string | null }>(selectPlace, hub)
    if (known !== undefined) return known.relay
    const relay = this.#choose()
    this.#sql.run(insertPlace, hub, relay)
    return relay
  }

  remove(hub: string): void {
    this.#sql.run(deletePlace, hub)
  }

  #choose(): string | null {
    if ((this.#sql.all<{ hubs: number }>(countDirect)[0]?.hubs ?? 0) < this.#directMax) return null
    const [least] = this.#sql.all<{ relay: string; hubs: number }>(selectRoom)
    if (least !== undefined && least.hubs < hubsPerRelayMax) return least.relay
    // All relays in use are full. The name of a relay without hubs is used again.
    const used = new Set(this.#sql.all<{ relay: string }>(selectRelays).map(({ relay }) => relay))
    const free = Array.from({ length: used.size + 1 }, (_, number) => `relay-${number}`)
    return free.find((name) => !used.has(name)) ?? `relay-${used.size}`
  }
}
