import { readdirSync, statSync } from 'node:fs'

/**
 * The share of file descriptors kept free for what the service may open at any moment: connections to push services,
 * files, a new thread.
 */
const spareShare = 0.03
const spareMin = 40
/** The share of connections that live streams may not use, kept for plain requests. */
const plainShare = 0.01
const plainMin = 20
/** How many files the service itself has open, assumed where they cannot be counted. */
const ownUsual = 150
/**
 * With a lower limit there would be no room for requests beside the service's own files: 114 after the warm-up (2 cores,
 * SQLite), and those kept free. With 128 only two connections were left, and idle ones were reset under their peers.
 */
export const openFilesMin = 256
/** Where the count needs a directory listing, it is done only up to this many connections. */
const listedMax = 1_000

/**
 * Counts the open files of this process. `connections`: their least number. Gives null where they cannot be counted.
 */
type CountFiles = (connections: number) => number | null

/**
 * How many connections the operating system lets this process hold. Each takes a file descriptor, and so do the
 * service's own files: databases, threads, connections to push services. They are counted again and again, because
 * beyond the limit the kernel drops connections silently, while the service would displace an idle one or answer 503.
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

  /** Files that the service itself has open, by the last count. After a peak the number falls slowly. */
  get own(): number {
    return this.#own
  }

  /** The most connections of all kinds. */
  get connectionsMax(): number {
    return Math.max(2, Math.floor(this.#limit - this.#own - Math.max(spareMin, this.#limit * spareShare)))
  }

  /** The most live streams among them. */
  get streamsMax(): number {
    return Math.max(1, Math.floor(this.connectionsMax - Math.max(plainMin, this.#limit * plainShare)))
  }

  /** Counts again. `connections`: how many peers are connected in this same step. */
  look(connections: number): void {
    const files = this.#count(connections)
    if (files !== null) this.#own = Math.max(files - connections, this.#own - 1)
  }
}

/** Since Linux 6.2 the size of /proc/self/fd is the count. Elsewhere the directory is listed. */
function countOpenFiles(connections: number): number | null {
  try {
    const size = process.platform === 'linux' ? statSync('/proc/self/fd').size : 0
    if (size > 0) return size
    return connections > listedMax ? null : readdirSync('/dev/fd').length
  } catch {
    return null
  }
}

/** Why the limit of open files lets no service run, in a sentence; null: it does. */
export function openFilesShortage(limit = openFilesMax()): string | null {
  if (limit >= openFilesMin) return null
  return `The limit of open files (ulimit -n; LimitNOFILE= in a systemd unit) is ${limit}. The service needs at least ${openFilesMin}, and one more for each reader.`
}

/** The soft limit of open files (Node has raised it to the hard one); unlimited where the platform reports none. */
function openFilesMax(): number {
  const report: unknown = process.report?.getReport()
  const { userLimits } = (report ?? {}) as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } }
  }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.MAX_SAFE_INTEGER
}
