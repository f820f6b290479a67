import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{contracts,platform,server,engine,app,scripts,bench}/**/*.test.{ts,tsx}'],
    exclude: ['node_modules/**', 'dist/**', '.next/**'],
    pool: 'forks',
    // Generous: a real network on a shared two-core machine may take its time; nothing asserts on speed here.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
