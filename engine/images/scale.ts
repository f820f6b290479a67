/**
 * @file Resizing of images and masks as ComfyUI's upscale nodes do it: the five methods by their names, and the centre
 * crop that keeps the proportions. Numbers are in `resample.ts` and `lanczos.ts`.
 */
import { NodeError } from '../nodes/define.ts'
import type { ImageTensor, MaskTensor } from '../tensor.ts'
import { allocateImage } from './allocate.ts'
import { fromBytes, toBytes } from './bytes.ts'
import { centreCrop } from './centre-crop.ts'
import { resizeLanczos } from './lanczos.ts'
import { type FixedKernel, resampleSteps } from './resample.ts'
import { type Pause, runSteps } from './steps.ts'

export const scaleMethods = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'] as const
export type ScaleMethod = (typeof scaleMethods)[number]

/**
 * Resizes every picture of a batch.
 * @param crop - `center` first cuts the picture to the new proportions, around its middle
 * @throws NodeError when the new size is empty or would not fit in memory
 */
export async function scaleImage(
  image: ImageTensor,
  newWidth: number,
  newHeight: number,
  method: string,
  crop: string,
  pause: Pause,
): Promise<ImageTensor> {
  if (newWidth < 1 || newHeight < 1) {
    throw new NodeError(`Cannot scale to ${newWidth} × ${newHeight} pixels`, 'RuntimeError')
  }
  const [batch, height, width, channels] = image.shape
  const window = crop === 'center' ? centreCrop(width, height, newWidth, newHeight) : { x: 0, y: 0, width, height }
  const scaled = allocateImage(batch, newHeight, newWidth, channels)
  const size = newHeight * newWidth * channels
  for (let b = 0; b < batch; b++) {
    const picture = cutWindow(image, b, window)
    const shape = [window.height, window.width, channels] as const
    if (method === 'lanczos') {
      const bytes = await runSteps(resizeLanczos(toBytes(picture), shape, newHeight, newWidth), pause)
      fromBytes(bytes, scaled.data, b * size)
    } else {
      const steps = resampleSteps(picture, shape, newHeight, newWidth, method as FixedKernel)
      scaled.data.set(await runSteps(steps, pause), b * size)
    }
  }
  return scaled
}

/** Resizes every mask of a batch, without a crop. */
export async function scaleMask(
  mask: MaskTensor,
  newWidth: number,
  newHeight: number,
  method: ScaleMethod,
  pause: Pause,
): Promise<MaskTensor> {
  const [batch, height, width] = mask.shape
  const asImage: ImageTensor = { data: mask.data, shape: [batch, height, width, 1] }
  const { data } = await scaleImage(asImage, newWidth, newHeight, method, 'disabled', pause)
  return { data, shape: [batch, newHeight, newWidth] }
}

function cutWindow(
  image: ImageTensor,
  index: number,
  window: { x: number; y: number; width: number; height: number },
): Float32Array {
  const [, height, width, channels] = image.shape
  const base = index * height * width * channels
  if (window.width === width && window.height === height) {
    return image.data.subarray(base, base + height * width * channels)
  }
  const cut = new Float32Array(window.height * window.width * channels)
  for (let y = 0; y < window.height; y++) {
    const from = base + ((window.y + y) * width + window.x) * channels
    cut.set(image.data.subarray(from, from + window.width * channels), y * window.width * channels)
  }
  return cut
}
