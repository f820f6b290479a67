import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGpuMonitor, type GpuMonitor, parseGpuLine } from './gpu-monitor.ts'

let directory: string
let monitor: GpuMonitor
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-gpu-'))
})
afterEach(async () => {
  monitor?.close()
  await rm(directory, { recursive: true, force: true })
})

/** A stand-in for the tool: a real process that prints its lines as the real one does. */
async function watch(script: string): Promise<GpuMonitor> {
  const tool = join(directory, 'nvidia-smi')
  await writeFile(tool, `#!/bin/sh\n${script}\n`)
  await chmod(tool, 0o755)
  monitor = createGpuMonitor({ command: [tool], environment: { PATH: process.env.PATH ?? '' }, restartPause: 20 })
  return monitor
}

async function until(satisfied: () => boolean): Promise<void> {
  while (!satisfied()) await sleep(5)
}

describe('a line of nvidia-smi', () => {
  it('becomes bytes, per cent, degrees and watts', () => {
    expect(parseGpuLine('0, NVIDIA GeForce RTX 4090, 24564, 1024, 37, 52, 210.50')).toEqual({
      index: 0,
      name: 'NVIDIA GeForce RTX 4090',
      memory_total: 24564 * 1024 ** 2,
      memory_used: 1024 ** 3,
      utilization: 37,
      temperature: 52,
      power: 210.5,
    })
  })

  it('may lack figures', () => {
    expect(parseGpuLine('1, GRID A100D-4C MIG 1g.10gb, 4096, [N/A], [N/A], [Not Supported], [Unknown Error]')).toEqual({
      index: 1,
      name: 'GRID A100D-4C MIG 1g.10gb',
      memory_total: 4096 * 1024 ** 2,
      memory_used: null,
      utilization: null,
      temperature: null,
      power: null,
    })
  })

  it.each([
    '',
    'NVIDIA-SMI has failed because it could not communicate with the driver.',
    'No devices were found',
    'a,b',
  ])('is nothing when it is an error: %s', (line) => {
    expect(parseGpuLine(line)).toBeNull()
  })
})

describe('watching the cards', () => {
  it('gives the newest figures of every card, in order', async () => {
    const { gpus } = await watch(`
      echo '1, B, 100, 50, 1, 40, 10'
      echo '0, A, 100, 50, 1, 40, 10'
      echo '0, A, 100, 60, 2, 41, 11'
      exec sleep 60`)
    await until(() => gpus().length === 2 && gpus()[0]!.utilization === 2)
    expect(gpus().map(({ name }) => name)).toEqual(['A', 'B'])
  })

  it('forgets the cards of a tool that died and asks again', async () => {
    const { gpus } = await watch(`
      marker="$(dirname "$0")/second"
      [ -e "$marker" ] && { echo '0, back, 1, 1, 1, 1, 1'; exec sleep 60; }
      touch "$marker"
      echo '0, first, 1, 1, 1, 1, 1'`)
    await until(() => gpus()[0]?.name === 'back')
  })

  it('finds no cards where there is no tool, or none it can talk to', async () => {
    const { gpus } = await watch(`echo 'NVIDIA-SMI has failed' >&2; exit 9`)
    const none = createGpuMonitor({ command: [join(directory, 'missing')], environment: {} })
    await sleep(50)
    expect([gpus(), none.gpus()]).toEqual([[], []])
    none.close()
  })
})
