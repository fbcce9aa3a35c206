import { test } from 'vitest'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { bearsFewFiles, bearsPeers } from './peers.ts'

const clean = cleaning()

test('a thousand peers of each kind hold up none of 500 readers, give everything back, and hold up no stop', () =>
  bearsPeers(scratchFolder(clean), { each: 1_000, readers: 500 }))

test('with 400 files a process, 900 peers that stay half open keep nobody out of two processes with more threads', () =>
  bearsFewFiles(scratchFolder(clean), { PROCESSES: '2', PUSH_THREADS: '3' }))
