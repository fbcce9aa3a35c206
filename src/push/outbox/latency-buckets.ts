const growth = 1.05
const firstMs = 10

/** The bucket of a duration. Each bucket is 5 % wider than the one before, so a percentile is off by at most 5 %. */
export function bucketOf(ms: number): number {
  return ms <= firstMs ? 0 : Math.ceil(Math.log(ms / firstMs) / Math.log(growth))
}

/** The number of durations in a bucket. */
export type BucketCount = { readonly bucket: number; readonly count: number }

/** The seconds within which a share (0–1) of all durations lies, to the millisecond. Buckets are in order. */
export function secondsWithin(share: number, counts: readonly BucketCount[]): number {
  const wanted = share * counts.reduce((sum, { count }) => sum + count, 0)
  let seen = 0
  for (const { bucket, count } of counts) {
    seen += count
    if (seen >= wanted) return upperSeconds(bucket)
  }
  return upperSeconds(counts.at(-1)?.bucket ?? 0)
}

/** The seconds within which so many durations lie; null: there are fewer. Buckets are in order. */
export function secondsReached(wanted: number, counts: readonly BucketCount[]): number | null {
  let seen = 0
  for (const { bucket, count } of counts) {
    seen += count
    if (seen >= wanted) return upperSeconds(bucket)
  }
  return null
}

function upperSeconds(bucket: number): number {
  return Math.round(firstMs * growth ** bucket) / 1_000
}
