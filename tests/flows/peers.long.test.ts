import { test } from 'vitest'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { peerKinds } from '../support/streams/peer-kinds.ts'
import { bearsFewFiles, bearsPeers } from './suites/peers.ts'

const clean = cleaning()
const many = { each: 1_000, readers: 500, alerts: 5, strict: true }

test('a thousand peers of each kind hold up none of 500 readers, give everything back, and hold up no stop', () =>
  bearsPeers(scratchFolder(clean), many))

test('of two processes too, whose readers, places and ends are their own', () =>
  bearsPeers(scratchFolder(clean), {
    ...many,
    processes: 2,
    kinds: peerKinds.filter(({ name }) => /^(?:silent|a body not|after its|a socket|an event|large pages)/.test(name)),
  }))

test('with 400 files a process, 900 peers that stay half open keep nobody out of two processes with more threads', () =>
  bearsFewFiles(scratchFolder(clean), { PROCESSES: '2', PUSH_THREADS: '3' }))
