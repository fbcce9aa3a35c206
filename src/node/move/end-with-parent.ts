const lookMs = 500

/** Calls `stop` when the process that started this one has ended, in whatever way: who kills a command means all of it. */
export function onParentExit(stop: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, lookMs)
  timer.unref()
}
