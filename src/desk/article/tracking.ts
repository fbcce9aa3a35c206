/** Parameters that only tell where a reader came from. */
const tracking = /^(?:utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|at_(?:medium|campaign|link_\w+))$/i

/** A link without what follows its readers: it would be the same for all of them, and wrong. */
export function withoutTracking(url: string): string {
  const link = new URL(url)
  const traces = [...link.searchParams.keys()].filter((name) => tracking.test(name))
  if (traces.length === 0) return url
  for (const name of traces) link.searchParams.delete(name)
  return link.href
}
