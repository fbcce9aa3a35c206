import { isMainThread } from 'node:worker_threads'

// For `node --import`: how long the steps of the thread with the sockets are, in its own CPU time, so that a busy machine
// does not count. A timer looks every millisecond; what the thread used between two looks is the longest step at least.
// On SIGUSR2 it tells what it found and begins anew.

const lookMs = 1
const longMicroseconds = 5_000

if (isMainThread) {
  let last = process.threadCpuUsage()
  let longest = 0
  let long = 0
  let looks = 0
  setInterval(() => {
    // Linux brings a running thread's time up to date at its ticks, 4 ms apart, and when the whole process is asked for.
    process.cpuUsage()
    const now = process.threadCpuUsage()
    const used = now.user + now.system - last.user - last.system
    last = now
    looks += 1
    longest = Math.max(longest, used)
    if (used > longMicroseconds) long += 1
  }, lookMs).unref()
  process.on('SIGUSR2', () => {
    process.stderr.write(`steps ${JSON.stringify({ longestMs: longest / 1_000, long, looks })}\n`)
    longest = 0
    long = 0
    looks = 0
  })
}
