import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { actingFlags, describeFlags, FlagError, idleFlags, readFlags } from './flags.ts'

/** Every flag of ComfyUI's own command line (v0.27), as its documentation lists them. */
const flagsOfComfyUI = `
  listen port tls-keyfile tls-certfile enable-cors-header max-upload-size base-directory extra-model-paths-config
  output-directory temp-directory input-directory auto-launch disable-auto-launch cuda-device default-device cuda-malloc
  disable-cuda-malloc force-fp32 force-fp16 fp32-unet fp64-unet bf16-unet fp16-unet fp8_e4m3fn-unet fp8_e5m2-unet
  fp8_e8m0fnu-unet fp16-vae fp32-vae bf16-vae cpu-vae fp8_e4m3fn-text-enc fp8_e5m2-text-enc fp16-text-enc fp32-text-enc
  bf16-text-enc force-channels-last directml oneapi-device-selector disable-ipex-optimize supports-fp8-compute
  preview-method preview-size cache-classic cache-lru cache-none cache-ram use-split-cross-attention
  use-quad-cross-attention use-pytorch-cross-attention use-sage-attention use-flash-attention disable-xformers
  force-upcast-attention dont-upcast-attention enable-manager disable-manager-ui enable-manager-legacy-ui gpu-only
  highvram normalvram lowvram novram cpu reserve-vram async-offload disable-async-offload force-non-blocking
  default-hashing-function disable-smart-memory deterministic fast disable-pinned-memory mmap-torch-files disable-mmap
  dont-print-server quick-test-for-ci windows-standalone-build disable-metadata disable-all-custom-nodes whitelist-custom-nodes
  disable-api-nodes multi-user verbose log-stdout front-end-version front-end-root user-directory
  enable-compress-response-body comfy-api-base database-url enable-assets`
  .trim()
  .split(/\s+/)

describe('the flags', () => {
  it.each(flagsOfComfyUI)('know --%s of ComfyUI', (name) => {
    expect(Object.hasOwn(actingFlags, name) || Object.hasOwn(idleFlags, name)).toBe(true)
  })

  it('are read in both spellings, with several values where a flag takes them, and the last one counts', () => {
    const { values } = readFlags([
      ...['--port', '1', '--port=2', '--extra-model-paths-config', 'a', 'b', '--extra-model-paths-config=c', '--cpu'],
    ])
    expect(Object.fromEntries(values)).toEqual({ port: ['2'], 'extra-model-paths-config': ['a', 'b', 'c'], cpu: [] })
  })

  it('stand for their implied value when none is given, also before another flag', () => {
    const { values } = readFlags(['--enable-cors-header', '--verbose', '--listen'])
    expect(Object.fromEntries(values)).toEqual({
      'enable-cors-header': ['*'],
      verbose: ['DEBUG'],
      listen: ['0.0.0.0,::'],
    })
  })

  it.each(['--constructor', '--__proto__', '--prot', 'word', '-p'])('that are none are refused: %s', (argument) => {
    expect(() => readFlags([argument])).toThrow(FlagError)
  })

  it('are all on the page of flags, with what they do', async () => {
    const page = await readFile(join(findProjectRoot(), 'docs/engine-flags.md'), 'utf8')
    const rows = [...page.matchAll(/^\| `(--[^`]+)` +\| (.+?) +\|$/gm)].map(([, flag, text]) => [flag, text])
    const idle = Object.entries(idleFlags).map(([name, { why }]) => [`--${name}`, why])
    expect(rows).toEqual([...describeFlags(), ...idle])
  })
})
