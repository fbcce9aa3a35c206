import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Generous: a machine that is busy elsewhere must not turn a test red.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 60_000 } },
    // Two cores: more workers only make the browsers and the kill tests wait for each other.
    maxWorkers: 3,
  },
})
