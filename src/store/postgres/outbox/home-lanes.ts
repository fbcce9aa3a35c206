import { blockRowsOf, homeBlocksOf, type SendingNodes } from '../../../push/outbox/block-homes.ts'

/** A lane by its number, and its last row id. */
export type LaneEnd = readonly [lane: number, target: number]

/** The lanes of an entry whose home is this node. */
export class HomeLanes {
  readonly #lanes: readonly LaneEnd[]
  #nodes: SendingNodes | null = null
  #home: readonly number[] = []

  constructor(lanes: readonly LaneEnd[]) {
    this.#lanes = lanes
  }

  /** Empty: there is none that could have something left. */
  of(nodes: SendingNodes | null): readonly number[] {
    if (nodes !== this.#nodes) {
      this.#nodes = nodes
      const rows = rowsEachOf(this.#lanes)
      const numbers = this.#lanes.map(([lane]) => lane)
      this.#home = (rows === null ? null : homeBlocksOf(numbers, rows, nodes)) ?? []
    }
    return this.#home
  }

  /** All of them have been leased to their end. */
  exhaust(): void {
    this.#home = []
  }
}

/** How many row ids each lane has; null: they are no blocks, as those of an older version. */
function rowsEachOf(lanes: readonly LaneEnd[]): number | null {
  const [first, last] = [lanes[0], lanes.at(-1)]
  if (first === undefined || last === undefined) return null
  const rows = first[1] / (first[0] + 1)
  const isBlock = ([lane, target]: LaneEnd, nth: number) =>
    nth < lanes.length - 1 ? target === (lane + 1) * rows : target > lane * rows && target <= (lane + 1) * rows
  return rows === blockRowsOf({ low: first[0] * rows, high: last[1] }) && lanes.every(isBlock) ? rows : null
}
