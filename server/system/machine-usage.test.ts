import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMachineMonitor } from './machine-usage.ts'

let cgroup: string
const clock = { now: 0 }
beforeEach(async () => {
  cgroup = await mkdtemp(join(tmpdir(), 'studio-cgroup-'))
})
afterEach(() => rm(cgroup, { recursive: true, force: true }))

async function group(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(cgroup, name), text)
}

it("a container's limits count, not the machine's", async () => {
  await group({
    'cpu.max': '150000 100000\n',
    'cpu.stat': 'usage_usec 5000000\nuser_usec 4000000\n',
  })
  const monitor = createMachineMonitor({ cgroup, now: () => clock.now })
  const first = await monitor.read()
  expect(first.cpu).toEqual({ cores: 1.5, utilization: null })

  clock.now += 2000
  await group({ 'cpu.stat': 'usage_usec 6500000\n' })
  // 1.5 s of work in 2 s on 1.5 cores.
  expect((await monitor.read()).cpu.utilization).toBe(50)

  clock.now += 10
  await group({ 'cpu.stat': 'usage_usec 9999999\n' })
  expect((await monitor.read()).cpu.utilization).toBe(50)
})

it('without limits the whole machine counts', async () => {
  await group({ 'cpu.max': 'max 100000\n' })
  const { cpu, memory } = await createMachineMonitor({ cgroup }).read()
  expect(cpu.cores).toBe(cpus().length)
  expect(memory.used).toBeGreaterThan(0)
  expect(memory.used).toBeLessThan(memory.total)
})

it('without a control group the machine is asked', async () => {
  const monitor = createMachineMonitor({ cgroup: join(cgroup, 'missing'), now: () => clock.now })
  await monitor.read()
  clock.now += 5000
  const { cpu } = await monitor.read()
  expect(cpu.cores).toBe(cpus().length)
  expect(cpu.utilization).toBeGreaterThanOrEqual(0)
  expect(cpu.utilization).toBeLessThanOrEqual(100)
})
