/**
 * Tells the service worker when the reader looks at an open page again, so that the number on the icon goes, and when no more,
 * so that what came meanwhile is kept for reading without a connection.
 */
export function tellWorkerOfSight(): void {
  document.onvisibilitychange = () => navigator.serviceWorker?.controller?.postMessage(document.visibilityState)
}
