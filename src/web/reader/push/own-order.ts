/** Languages that a reader has chosen, in the order that they gave to those of them that were chosen before. */
export function inOwnOrder(chosen: readonly string[], former: readonly string[]): readonly string[] {
  const kept = former.filter((tag) => chosen.includes(tag))
  return [...kept, ...chosen.filter((tag) => !kept.includes(tag))]
}

/** The same languages with one of them first. */
export function withFirst(languages: readonly string[], first: string): readonly string[] {
  return [first, ...languages.filter((tag) => tag !== first)]
}
