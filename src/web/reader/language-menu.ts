/**
 * The list of languages is a disclosure of links (ARIA Authoring Practices, disclosure navigation): Escape closes it, as does
 * going elsewhere, and the arrow keys, Home and End go through the links. Without a script it opens and closes all the same.
 */
export function keepLanguageMenu(): void {
  const menu = document.querySelector<HTMLDetailsElement>('details.languages')
  const button = menu?.querySelector('summary')
  if (!menu || !button) return
  document.addEventListener('keydown', (event) => {
    if (!menu.open || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'Escape') {
      menu.open = false
      button.focus()
    } else if (menu.contains(document.activeElement)) {
      const place = placeFor(event.key, menu)
      if (place === undefined) return
      place.focus()
      event.preventDefault()
    }
  })
  const closeElsewhere = ({ target }: Event) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false
  }
  document.addEventListener('click', closeElsewhere)
  document.addEventListener('focusin', closeElsewhere)
}

/** The link that a key leads to; undefined: none. */
function placeFor(key: string, menu: HTMLElement): HTMLElement | undefined {
  const places = [...menu.querySelectorAll<HTMLElement>('summary, a')]
  const at = places.indexOf(document.activeElement as HTMLElement)
  if (key === 'ArrowDown') return places[at + 1]
  if (key === 'ArrowUp') return places[at - 1]
  if (key === 'Home') return places[1]
  return key === 'End' ? places[places.length - 1] : undefined
}
