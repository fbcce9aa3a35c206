/**
 * Calls `closed` when a dialog in `root` has closed, before the next key or click. The browser's own `close` event comes with
 * the next frame it draws: by then the next question may be open, and a page that nobody sees draws none. Gives the way to
 * stop.
 */
export function onClosed(root: Node, closed: () => void): () => void {
  const observer = new MutationObserver((records) => {
    if (records.some(({ target, oldValue }) => target instanceof HTMLDialogElement && oldValue !== null)) closed()
  })
  observer.observe(root, { subtree: true, attributeFilter: ['open'], attributeOldValue: true })
  return () => observer.disconnect()
}
