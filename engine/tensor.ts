/**
 * @file The values that travel between nodes. Layouts are ComfyUI's: an IMAGE is batch, height, width, channels with
 * values 0 to 1 (three channels RGB, four RGBA), a MASK is batch, height, width.
 */

export interface ImageTensor {
  data: Float32Array
  /** batch, height, width, channels */
  shape: [number, number, number, number]
}

export interface MaskTensor {
  data: Float32Array
  /** batch, height, width */
  shape: [number, number, number]
}

/** A VIDEO value: a file on disk, or frames still in memory. */
export type VideoValue =
  | { source: 'file'; path: string; format: string }
  | { source: 'frames'; images: ImageTensor; frameRate: number }

export function createImage(batch: number, height: number, width: number, channels: number): ImageTensor {
  return { data: new Float32Array(batch * height * width * channels), shape: [batch, height, width, channels] }
}

export function createMask(batch: number, height: number, width: number): MaskTensor {
  return { data: new Float32Array(batch * height * width), shape: [batch, height, width] }
}
