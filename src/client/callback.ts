/**
 * Calls an app's function. An error that it throws is raised as an uncaught one, where its author sees it; it does not end the
 * connection.
 */
export function callBack<Args extends readonly unknown[]>(
  act: ((...args: Args) => void) | undefined,
  ...args: Args
): void {
  try {
    act?.(...args)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
