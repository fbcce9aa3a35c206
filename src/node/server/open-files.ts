import { readdirSync, statSync } from 'node:fs'

/** What is left unused for what the service may open at any moment: connections to push services, files, a new thread. */
const spareShare = 0.03
const spareMin = 40
/** Past the live streams there is room for those who only ask something. */
const plainShare = 0.01
const plainMin = 20
/** What the service itself has open where that cannot be counted. */
const ownUsual = 150
/** Where only listing them counts the open files, it is done for no more connections than this. */
const listedMax = 1_000

/** Counts the open files of this process; `connections`: how many there are at least. Null where it cannot be counted. */
export type CountFiles = (connections: number) => number | null

/**
 * How many connections the operating system lets this process hold: each takes an open file, and so does what the service
 * itself has open: databases, threads, connections to push services. That is counted again and again, because beyond the
 * limit the kernel's connections are torn without a word, where we would make room or say when to come back.
 */
export class OpenFiles {
  readonly #limit: number
  readonly #count: CountFiles
  #own: number

  constructor(limit = openFilesMax(), count: CountFiles = countOpenFiles) {
    this.#limit = limit
    this.#count = count
    this.#own = count(0) ?? ownUsual
  }

  /** Files that the service itself has open: as last counted; a peak is forgotten slowly. */
  get own(): number {
    return this.#own
  }

  /** Connections of all kinds. */
  get connectionsMax(): number {
    return Math.max(2, Math.floor(this.#limit - this.#own - Math.max(spareMin, this.#limit * spareShare)))
  }

  /** Live streams among them. */
  get streamsMax(): number {
    return Math.max(1, Math.floor(this.connectionsMax - Math.max(plainMin, this.#limit * plainShare)))
  }

  /** Counts again; `connections`: how many there are of peers in this very step. */
  look(connections: number): void {
    const files = this.#count(connections)
    if (files !== null) this.#own = Math.max(files - connections, this.#own - 1)
  }
}

/** Linux tells the number as the size of a folder since 6.2; elsewhere the folder is listed. */
function countOpenFiles(connections: number): number | null {
  try {
    const told = process.platform === 'linux' ? statSync('/proc/self/fd').size : 0
    if (told > 0) return told
    return connections > listedMax ? null : readdirSync('/dev/fd').length
  } catch {
    return null
  }
}

/** The limit of open files that holds now (Node has raised it as far as it may); boundless where none is told. */
function openFilesMax(): number {
  const told: unknown = process.report?.getReport()
  const { userLimits } = (told ?? {}) as { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.MAX_SAFE_INTEGER
}
