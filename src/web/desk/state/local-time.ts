import { utcWall, type WallTime } from '../../../domain/writing/written-time.ts'

/** A time as an editor gives it: what a `datetime-local` field holds, in a zone of the IANA database. */
export type LocalTime = {
  readonly local: string
  readonly zone: string
  /** Which of the two moments is meant, where a clock change repeats the hour. */
  readonly side: 'first' | 'second' | ''
}

/** Zones differ from UTC by less than this. */
const offsetMsMax = 16 * 60 * 60 * 1_000
const stepMs = 15 * 60 * 1_000

/**
 * The moments (Unix milliseconds) at which clocks of a zone show a local time: one as a rule, none where a clock change skips
 * it, two where a clock change repeats it. Null: it is no time, or no zone.
 */
export function momentsOf(local: string, zone: string): readonly number[] | null {
  const wanted = wallOf(local)
  const format = formatOf(zone)
  if (wanted === null || format === null) return null
  // The offsets that the zone has around that time: a clock change has two.
  const offsets = new Set([wanted - offsetMsMax, wanted, wanted + offsetMsMax].map((at) => wallAt(format, at) - at))
  return [...offsets]
    .map((offset) => wanted - offset)
    .filter((at) => wallAt(format, at) === wanted)
    .sort((a, b) => a - b)
}

/** The first moment after a clock change that skips this local time, as the zone's clocks show it. */
export function afterSkip(local: string, zone: string): string {
  for (let wall = wallOf(local) ?? 0, step = 0; step < offsetMsMax / stepMs; step += 1) {
    wall += stepMs
    const later = new Date(wall).toISOString().slice(0, 16)
    if ((momentsOf(later, zone) ?? []).length > 0) return later
  }
  return local
}

/** What became of a local time: the moment (RFC 3339 in UTC), or what must be asked. */
export type Moment =
  | { readonly state: 'one'; readonly at: string }
  | { readonly state: 'empty' | 'skipped' | 'twice' | 'wrong' }

export function momentOf({ local, zone, side }: LocalTime): Moment {
  if (local === '') return { state: 'empty' }
  const moments = momentsOf(local, zone)
  if (moments === null) return { state: 'wrong' }
  const [first, second] = moments
  if (first === undefined) return { state: 'skipped' }
  if (second === undefined) return { state: 'one', at: new Date(first).toISOString() }
  if (side === '') return { state: 'twice' }
  return { state: 'one', at: new Date(side === 'first' ? first : second).toISOString() }
}

/** A moment as clocks of a zone show it, for a `datetime-local` field. */
export function localTimeOf(at: string, zone: string): LocalTime {
  const format = formatOf(zone)
  const ms = Date.parse(at)
  if (format === null || Number.isNaN(ms)) return { local: '', zone, side: '' }
  const local = new Date(wallAt(format, ms)).toISOString().slice(0, 16)
  const moments = momentsOf(local, zone) ?? []
  return { local, zone, side: moments.length < 2 ? '' : moments[0] === floorToMinute(ms) ? 'first' : 'second' }
}

/** What clocks and calendars of a zone show at a moment (Unix milliseconds); null: it is no zone. */
export function wallIn(at: number, zone: string): WallTime | null {
  const format = formatOf(zone)
  return format === null || Number.isNaN(at) ? null : utcWall(wallAt(format, at))
}

/** The zone's time at a moment as if it were UTC, in whole minutes. */
function wallAt(format: Intl.DateTimeFormat, at: number): number {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
  return Date.UTC(year, month - 1, day, hour % 24, minute)
}

function wallOf(local: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local)) return null
  const at = Date.parse(`${local.slice(0, 16)}Z`)
  return Number.isNaN(at) ? null : at
}

function floorToMinute(at: number): number {
  return Math.floor(at / 60_000) * 60_000
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone)
  if (known !== undefined) return known
  try {
    const digits = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
    const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...digits, hourCycle: 'h23', timeZone: zone })
    formats.set(zone, format)
    return format
  } catch {
    return null
  }
}
