import { foldedText } from '../../domain/parsing/folded-text.ts'
import type { Item } from './item.ts'
import type { ItemPart, ItemStore } from './item-store.ts'

/** The longest text to look for, in characters. */
export const searchCharsMax = 200
const pageItems = 200
/** How many items one search looks through; `next` goes on from there. */
const lookedThroughMax = 4_000

type Position = NonNullable<ItemPart['before']>
export type ItemPage = { readonly items: readonly Item[]; readonly next: Position | null }

/**
 * The newest items whose headline or summary, in any language, holds each word of a text. In JavaScript, for every store: SQLite
 * compares the case of ASCII letters only. `next`: where to go on; null: there are no more.
 */
export async function searchItems(store: Pick<ItemStore, 'list'>, text: string, part: ItemPart): Promise<ItemPage> {
  const words = foldedText(text).split(/\s+/u).filter(Boolean)
  const found: Item[] = []
  let { before } = part
  for (let looked = 0; looked < lookedThroughMax; looked += pageItems) {
    const page = await store.list({ states: part.states, limit: pageItems, before })
    for (const item of page) {
      before = { changedAt: item.changedAt, id: item.id }
      if (!says(item, words)) continue
      found.push(item)
      if (found.length === part.limit) return { items: found, next: before }
    }
    if (page.length < pageItems) return { items: found, next: null }
  }
  return { items: found, next: before ?? null }
}

function says({ content }: Item, words: readonly string[]): boolean {
  const texts = Object.values(content.texts ?? {}).map(({ headline, summary }) =>
    foldedText(`${headline ?? ''} ${summary ?? ''}`),
  )
  return texts.some((text) => words.every((word) => text.includes(word)))
}
