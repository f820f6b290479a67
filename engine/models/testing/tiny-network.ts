/** @file Files for the networks of tests: what a builder asks for is what the file gets. */
import { buildGraph } from '../network/describe-network.ts'
import type { Layers } from '../network/layers.ts'
import { fileSource, recordingSource, type TensorSource } from '../network/tensor-source.ts'
import { readSafetensors } from '../safetensors/read-safetensors.ts'
import { type TinyFileOptions, writeTinySafetensors } from './tiny-weights.ts'

/** Names (behind the prefix) and shapes of everything that a network asks its file for. */
export function shapesOf(build: (layers: Layers) => void, prefix = ''): Map<string, readonly number[]> {
  const source = recordingSource()
  buildGraph({ kind: 'recorded', config: null, device: 'cpu', source, build })
  return new Map([...source.asked].map(([name, shape]) => [prefix + name, shape]))
}

/** Writes the network's file and reads it. */
export async function tinySource(
  path: string,
  build: (layers: Layers) => void,
  prefix = '',
  options?: TinyFileOptions,
): Promise<TensorSource> {
  await writeTinySafetensors(path, shapesOf(build, prefix), options)
  return fileSource(await readSafetensors(path), { prefix })
}
