/** @file The shipped photos as tensors, and the measure by which tests compare pictures. */
import { join } from 'node:path'
import sharp from 'sharp'
import { findProjectRoot } from '#platform/project-root'
import type { ImageTensor } from '../../tensor.ts'

export const shippedModels = join(findProjectRoot(), 'studio-data', 'defaults', 'models')

export interface Crop {
  left: number
  top: number
  width: number
  height: number
}

/** A crop of a shipped photo, three channels. */
export async function loadPhoto(name: string, crop: Crop): Promise<ImageTensor> {
  const path = join(findProjectRoot(), 'studio-data', 'defaults', 'input', name)
  const bytes = await sharp(path).removeAlpha().extract(crop).raw().toBuffer()
  return { data: Float32Array.from(bytes, (value) => value / 255), shape: [1, crop.height, crop.width, 3] }
}

/** Several pictures of one size as a batch. */
export function batchOf(...images: ImageTensor[]): ImageTensor {
  const [, height, width, channels] = images[0]!.shape
  const data = new Float32Array(images.length * height * width * channels)
  for (const [index, image] of images.entries()) data.set(image.data, index * height * width * channels)
  return { data, shape: [images.length, height, width, channels] }
}

/** One picture of a batch. */
export function pictureOf(batch: ImageTensor, index: number): ImageTensor {
  const [, height, width, channels] = batch.shape
  const length = height * width * channels
  return { data: batch.data.slice(index * length, (index + 1) * length), shape: [1, height, width, channels] }
}

/** Peak signal-to-noise ratio in dB of two single pictures, a border of 8 pixels left out. */
export function psnr(actual: ImageTensor, expected: ImageTensor, border = 8): number {
  const [, height, width, channels] = expected.shape
  if (actual.shape.join() !== expected.shape.join()) throw new Error(`${actual.shape} is not ${expected.shape}`)
  let sum = 0
  let count = 0
  for (let y = border; y < height - border; y += 1) {
    for (let x = border * channels; x < (width - border) * channels; x += 1) {
      sum += (actual.data[y * width * channels + x]! - expected.data[y * width * channels + x]!) ** 2
      count += 1
    }
  }
  return -10 * Math.log10(sum / count)
}

/**
 * True bicubic resizing (Catmull-Rom, a = -0.5), the yardstick for upscalers. Where it shrinks, the kernel is widened by
 * the factor, so that it averages.
 */
export function resizeCubic(image: ImageTensor, newHeight: number, newWidth: number): ImageTensor {
  const [, height, width, channels] = image.shape
  const across = resizeLines(image.data, height, width, channels, newWidth)
  const turned = transpose(across, height, newWidth, channels)
  const down = resizeLines(turned, newWidth, height, channels, newHeight)
  return { data: transpose(down, newWidth, newHeight, channels), shape: [1, newHeight, newWidth, channels] }
}

/** What an 8-bit file would keep of a picture. */
export function quantize(image: ImageTensor): ImageTensor {
  return { ...image, data: image.data.map((value) => Math.round(Math.max(0, Math.min(1, value)) * 255) / 255) }
}

function cubic(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0
}

function resizeLines(data: Float32Array, lines: number, length: number, channels: number, newLength: number) {
  const result = new Float32Array(lines * newLength * channels)
  const ratio = length / newLength
  const stretch = Math.max(1, ratio)
  for (let index = 0; index < newLength; index += 1) {
    const center = (index + 0.5) * ratio - 0.5
    const taps: [position: number, weight: number][] = []
    for (let at = Math.ceil(center - 2 * stretch); at <= center + 2 * stretch; at += 1) {
      taps.push([Math.max(0, Math.min(length - 1, at)), cubic((at - center) / stretch)])
    }
    const total = taps.reduce((sum, [, weight]) => sum + weight, 0)
    for (let line = 0; line < lines; line += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0
        for (const [at, weight] of taps) sum += data[(line * length + at) * channels + channel]! * weight
        result[(line * newLength + index) * channels + channel] = sum / total
      }
    }
  }
  return result
}

function transpose(data: Float32Array, height: number, width: number, channels: number): Float32Array {
  const result = new Float32Array(data.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * channels
      result.set(data.subarray(from, from + channels), (x * height + y) * channels)
    }
  }
  return result
}
