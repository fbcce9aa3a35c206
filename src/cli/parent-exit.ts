const lookMs = 500

/** The scripts of package.json that run this program: npm itself is its parent then. */
const ownScript = /\bexec node src\/cli\/main\.ts\b/

/**
 * Calls `stop` when npm, or the shell that npx put between itself and this program, has ended: dash stays there, dies of
 * the SIGTERM that npx passes on, without passing it on. Elsewhere a parent may end first, as that of a background process.
 */
export function stopWhenOrphaned(env: Readonly<Record<string, string | undefined>>, stop: () => void): void {
  if (env.npm_command !== 'exec' && !ownScript.test(env.npm_lifecycle_script ?? '')) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, lookMs)
  timer.unref()
}
