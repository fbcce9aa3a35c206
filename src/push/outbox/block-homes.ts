/**
 * Which node is to send to which stored subscriptions. Their row ids are cut into blocks, and each block has a home among the
 * nodes that send: it computes push keys in advance for the block's subscriptions, and claims their pushes first. A home is
 * no lock: whoever has nothing of its own left claims from other blocks. So nodes may disagree for a while about who is there.
 */

/** The nodes that send from one outbox, as one of them sees it. */
export type SendingNodes = {
  /** How many send, this one included. */
  readonly count: number
  readonly own: string
  /** The names of those that are known, its own included. */
  readonly ids: readonly string[]
}

/** Row ids after `low` and up to `high`. */
export type RowRange = { readonly low: number; readonly high: number }

const blocksMax = 64
/** Whole batches of a push thread, so that no block ends with a small one. */
const blockRowsMin = 2_000
/** How many blocks a node may have beyond its even share. */
const slack = 1

/**
 * How many row ids a block has. Blocks stay the same while subscriptions come; when they have become twice as many, two
 * become one.
 */
export function blockRowsOf({ low, high }: RowRange): number {
  let rows = blockRowsMin
  while (Math.ceil(high / rows) - Math.floor(low / rows) > blocksMax) rows *= 2
  return rows
}

/** The blocks of a range by their number: block n has the row ids after n × rows. */
export function blocksOf({ low, high }: RowRange, rows: number): readonly number[] {
  const first = Math.floor(low / rows)
  return Array.from({ length: Math.max(0, Math.ceil(high / rows) - first) }, (_, nth) => first + nth)
}

/**
 * The home of each block. Rendezvous hashing with bounded loads (https://arxiv.org/abs/1608.01350): a node that comes or
 * goes moves few blocks besides its own, further blocks move none, and no node has many more than another.
 */
export function homesOf(blocks: readonly number[], rows: number, nodeIds: readonly string[]): readonly string[] {
  const loads = new Map([...nodeIds].sort().map((id) => [id, 0]))
  return blocks.map((block, nth) => {
    const loadMax = Math.ceil((nth + 1) / loads.size) + slack
    let [home, best] = ['', -1]
    for (const [id, load] of loads) {
      // By the first row, which stays when two blocks become one.
      const score = load < loadMax ? hashOf(`${id} ${block * rows}`) : -1
      if (score > best) [home, best] = [id, score]
    }
    loads.set(home, (loads.get(home) ?? 0) + 1)
    return home
  })
}

/** The blocks whose home is this node; null: there is nothing to share. */
export function homeBlocksOf(
  blocks: readonly number[],
  rows: number,
  nodes: SendingNodes | null,
): readonly number[] | null {
  if (nodes === null || nodes.ids.length < 2 || blocks.length < 2) return null
  const homes = homesOf(blocks, rows, nodes.ids)
  return blocks.filter((_, nth) => homes[nth] === nodes.own)
}

/** FNV-1a, and MurmurHash3's last step, without which similar names would have similar hashes. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
