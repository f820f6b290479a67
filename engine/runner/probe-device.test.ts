import { describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { findRunnerEntry } from './child-process.ts'
import { probeDevice } from './probe-device.ts'
import { probeHere } from './probe-session.ts'

const options = { entry: findRunnerEntry(findProjectRoot()), environment: process.env }

describe('the device probe', () => {
  it('computes on the CPU', async () => {
    expect(await probeHere('cpu')).toEqual({ ok: true })
  })

  it('asks no child when the CPU is wanted', async () => {
    const entry = { path: '/nowhere/runner.js', execArgv: [] }
    expect(await probeDevice({ ...options, entry, wanted: 'cpu' })).toEqual({
      device: 'cpu',
      reason: 'The CPU was asked for.',
    })
  })

  it('chooses a device and says why, whatever this machine has', async () => {
    const { device, reason } = await probeDevice({ ...options, wanted: 'auto' })
    if (device === 'cuda:0') expect(reason).toBe('The CUDA provider works.')
    else expect(reason).toMatch(/^CUDA cannot be used: ./)
  })

  it('falls back to the CPU when the child does not even start', async () => {
    const entry = { path: '/nowhere/runner.js', execArgv: [] }
    const choice = await probeDevice({ ...options, entry, wanted: 'cuda' })
    expect(choice.device).toBe('cpu')
    expect(choice.reason).toMatch(/^CUDA was asked for but cannot be used: The runner stopped by itself/)
  })

  it('gives up when the engine stops', async () => {
    const choice = await probeDevice({ ...options, wanted: 'auto', signal: AbortSignal.abort() })
    expect(choice).toEqual({ device: 'cpu', reason: 'CUDA cannot be used: The engine is stopping.' })
  })
})
