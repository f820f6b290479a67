/** @file What reference scripts stored of a result (some values, mean, deviation), and how a result is held to it. */
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import * as z from 'zod'

export const expectationSchema = z.object({
  shape: z.array(z.int()),
  mean: z.number(),
  std: z.number(),
  /** The k-th is that of place `(k * 7919) % length`. */
  values: z.array(z.number()),
})
export type Expectation = z.infer<typeof expectationSchema>

const namesSchema = z.object({ count: z.int(), sha256: z.string() })

const fileSchema = z.object({
  made_by: z.string(),
  /** Pairs of original and other tensor names, sorted, one a line. */
  names: z.record(z.string(), namesSchema).optional(),
  networks: z.record(z.string(), expectationSchema),
})

export async function readExpectations(url: URL): Promise<Record<string, Expectation>> {
  return fileSchema.parse(JSON.parse(await readFile(url, 'utf8'))).networks
}

export async function readExpectedNames(url: URL): Promise<Record<string, z.infer<typeof namesSchema>>> {
  return fileSchema.parse(JSON.parse(await readFile(url, 'utf8'))).names ?? {}
}

/** @param tolerance - relative to the result's own deviation */
export function expectResult(
  actual: { data: Float32Array; shape: readonly number[] },
  expected: Expectation,
  tolerance = 1e-4,
): void {
  expect(actual.shape).toEqual(expected.shape)
  const allowed = tolerance * expected.std
  const mean = actual.data.reduce((sum, value) => sum + value, 0) / actual.data.length
  const variance = actual.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / actual.data.length
  const worst = Math.max(
    ...expected.values.map((value, k) => Math.abs(actual.data[(k * 7919) % actual.data.length]! - value)),
  )
  expect(worst).toBeLessThan(allowed)
  expect(Math.abs(mean - expected.mean)).toBeLessThan(allowed)
  expect(Math.abs(Math.sqrt(variance) - expected.std)).toBeLessThan(allowed)
}

/** The inputs of `scripts/reference/diffusion_networks.py`. */
export function pattern(shape: readonly number[], seed: number, scale = 1): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1)
  return Float32Array.from(
    { length: count },
    (_, index) => scale * Math.sin(index * 0.7310585 + 0.37 * Math.sin(index * 0.013) + seed),
  )
}
