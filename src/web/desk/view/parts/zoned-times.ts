import type { VNode } from 'preact'
import { writtenTime } from '../../../../domain/writing/written-time.ts'
import type { DeskConfig } from '../../desk-config.ts'
import { ownZone } from '../../editing/desk-draft.ts'
import { cityOf, deskFormats } from '../../state/desk-words.ts'
import { wallIn } from '../../state/local-time.ts'
import { h } from './element.ts'

/** A moment in this browser's zone, in UTC, and in the zones where the newsroom's languages are read. */
export function zonedTimes(at: string, config: Pick<DeskConfig, 'languages'>): VNode[] {
  const zones = [ownZone, 'UTC', ...config.languages.flatMap(({ zone }) => zone ?? [])]
  return [...new Set(zones)].map((zone) =>
    h('time', { key: zone, dateTime: at, class: 'zoned' }, `${timeIn(at, zone)} ${cityOf(zone)}`),
  )
}

/** A moment's day and hour in a zone. */
export function timeIn(at: string, zone: string): string {
  const wall = wallIn(Date.parse(at), zone)
  return wall === null ? at : writtenTime(deskFormats(), wall, { form: 'weekday' })
}
