/** @file What a conditioning carries of ControlNets and T2I-Adapters: networks, each with its picture and strength, one after the other. */
import type { ImageTensor } from '../../../tensor.ts'
import type { ControlNet, T2iAdapter } from './control.ts'

/** One applied ControlNet or T2I-Adapter, and the one applied before it. */
export interface ControlChain {
  network: ControlNet | T2iAdapter
  hint: ImageTensor
  strength: number
  /** The part of the sampling in which it counts, 0 (pure noise) to 1 (the end). */
  start: number
  end: number
  previous: ControlChain | null
}
