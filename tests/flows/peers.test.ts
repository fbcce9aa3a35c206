import { test } from 'vitest'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { bearsAskingAhead, bearsFewFiles, bearsPeers } from './suites/peers.ts'

const clean = cleaning()

test('peers that are slow, silent, half open or never read hold up no reader, give everything back, and no stop', () =>
  bearsPeers(scratchFolder(clean), { each: 60, readers: 100, alerts: 1, strict: false }))

test('with 400 files, 900 peers that stay half open keep nobody out', () =>
  bearsFewFiles(scratchFolder(clean), { PUSH_THREADS: '1' }))

test('1,700 streams asked for on each of 12 connections fill no places, and 900 pages that nobody takes no memory', () =>
  bearsAskingAhead(scratchFolder(clean)))
