/** What is left for the database, pages, and what goes out, when live streams have taken all that they may. */
const keptShare = 0.05
const keptMin = 100
/** Of that, what is left for the service itself: database, threads, push services. */
const ownShare = 0.85

/**
 * How many live streams the operating system lets this process hold: each takes an open file. Beyond its limit a
 * connection is torn without a word, where we would say when to come back.
 */
export function streamsMax(openFiles = openFilesMax()): number {
  return Math.max(1, Math.floor(openFiles - Math.max(keptMin, openFiles * keptShare)))
}

/**
 * How many connections of all kinds there may be: past the live streams there is room for those who only ask something,
 * and still enough left for what the service itself opens.
 */
export function connectionsMax(openFiles = openFilesMax()): number {
  return Math.max(2, Math.floor(openFiles - Math.max(keptMin, openFiles * keptShare) * ownShare))
}

/** The limit of open files that holds now (Node has raised it as far as it may); boundless where none is told. */
function openFilesMax(): number {
  const told: unknown = process.report?.getReport()
  const { userLimits } = (told ?? {}) as { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.MAX_SAFE_INTEGER
}
