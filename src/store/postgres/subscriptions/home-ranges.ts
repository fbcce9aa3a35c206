import {
  blockRowsOf,
  blocksOf,
  homeBlocksOf,
  type RowRange,
  type SendingNodes,
} from '../../../push/outbox/block-homes.ts'

/** The row ids of the subscriptions whose home is this node, in their order. The last range has no end where nothing is shared. */
export function homeRanges(range: RowRange, nodes: SendingNodes | null): readonly RowRange[] {
  const rows = blockRowsOf(range)
  const home = homeBlocksOf(blocksOf(range, rows), rows, nodes)
  return home === null
    ? [{ low: 0, high: Number.MAX_SAFE_INTEGER }]
    : home.map((block) => ({ low: block * rows, high: (block + 1) * rows }))
}

/** Whether the same row ids up to this one are in both. */
export function sameUpTo(rowId: number, ranges: readonly RowRange[], others: readonly RowRange[]): boolean {
  const upTo = (of: readonly RowRange[]) =>
    JSON.stringify(of.filter(({ low }) => low < rowId).map(({ low, high }) => [low, Math.min(high, rowId)]))
  return upTo(ranges) === upTo(others)
}
