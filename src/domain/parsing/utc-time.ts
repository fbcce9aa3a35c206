const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/** Whether a value is a time of RFC 3339 in UTC, as the service writes all of its times, on a day and at an hour that exist. */
export function isUtcTime(value: unknown): value is string {
  if (typeof value !== 'string' || !pattern.test(value)) return false
  const ms = Date.parse(value)
  // Some engines turn 30 February into 2 March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === value.slice(0, 19)
}
