/**
 * @file Bundles the Node processes into dist/: one file per process, packages left outside.
 * The pages are built by `next build`; this script knows nothing of them.
 */
import { build } from 'esbuild'

await build({
  entryPoints: {
    'server/main': 'server/main.ts',
    'server/thumbnails/worker': 'server/thumbnails/worker.ts',
    'engine/main': 'engine/main.ts',
    'engine/runner/main': 'engine/runner/main.ts',
    'engine/packs/host-main': 'engine/packs/host-main.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
  banner: { js: '// built by scripts/build.mjs' },
})
