#!/usr/bin/env node
// `tocsin` for any Node that npm runs on: the commands need Node 24, which the installation brings along.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const nodeMajorMin = 24
const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const brought = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= nodeMajorMin) await import('./main.ts')
else if (existsSync(brought)) hand(brought)
else {
  console.error(`tocsin needs Node ${nodeMajorMin} or later; this is ${process.version}. "npm ci" brings its own.`)
  process.exitCode = 1
}

/** Runs the same command line under another Node, and ends as it ends. */
function hand(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal's Ctrl-C reaches both; the child ends first and says how.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`${node} cannot be run: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
