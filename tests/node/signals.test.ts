import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { endWhileStarting, onStopSignals } from '../../src/node/signals.ts'

/** What is done after each of these signals, which come so many milliseconds after the start. */
function told(signals: readonly (readonly [ms: number, signal: string])[]): string[] {
  const machine = new EventEmitter()
  const clock = { ms: 5_000 }
  const acts: string[] = []
  onStopSignals(
    () => acts.push('stop'),
    () => acts.push('now'),
    { on: machine.on.bind(machine) as NodeJS.Process['on'], clock: () => clock.ms },
  )
  for (const [ms, signal] of signals) {
    clock.ms = 5_000 + ms
    machine.emit(signal)
  }
  return acts
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('the first %s asks to stop', (signal) => {
  expect(told([[0, signal]])).toEqual(['stop'])
})

test.each([
  [
    'Ctrl-C twice',
    [
      [0, 'SIGINT'],
      [500, 'SIGINT'],
    ],
    ['stop', 'now'],
  ],
  [
    'Ctrl-C and then a kill',
    [
      [0, 'SIGINT'],
      [9_000, 'SIGTERM'],
    ],
    ['stop', 'now'],
  ],
  [
    'a closed terminal and then a kill',
    [
      [0, 'SIGHUP'],
      [700, 'SIGTERM'],
    ],
    ['stop', 'now'],
  ],
  [
    'the echo that npm passes on',
    [
      [0, 'SIGINT'],
      [3, 'SIGINT'],
    ],
    ['stop'],
  ],
  [
    'an echo at the last moment',
    [
      [0, 'SIGTERM'],
      [499, 'SIGTERM'],
    ],
    ['stop'],
  ],
  [
    'an echo, and a person after it',
    [
      [0, 'SIGINT'],
      [3, 'SIGINT'],
      [800, 'SIGINT'],
    ],
    ['stop', 'now'],
  ],
  [
    'a terminal that says three times that it closes',
    [
      [0, 'SIGHUP'],
      [600, 'SIGHUP'],
      [1_200, 'SIGHUP'],
    ],
    ['stop'],
  ],
  [
    'a kill and then a closed terminal',
    [
      [0, 'SIGTERM'],
      [600, 'SIGHUP'],
    ],
    ['stop'],
  ],
] as const)('%s ends the service as was meant', (_, signals, acts) => {
  expect(told(signals)).toEqual(acts)
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])(
  'while the service starts, %s ends it; once it has started, no more',
  (signal) => {
    const machine = new EventEmitter()
    let ends = 0
    const started = endWhileStarting(() => {
      ends += 1
    }, machine)
    machine.emit(signal)
    expect(ends).toBe(1)
    started()
    machine.emit(signal)
    expect(ends).toBe(1)
    expect(machine.eventNames()).toEqual([])
  },
)
