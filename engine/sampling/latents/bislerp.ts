/**
 * @file Resizing that turns from one latent position to the next instead of mixing them: the channels of a position are a
 * vector, whose direction is interpolated along the arc between neighbours and whose length in a straight line. Latents
 * keep their contrast that way, where bilinear resizing flattens them.
 * @see Shoemake 1985, "Animating rotation with quaternion curves", doi 10.1145/325165.325242 (slerp)
 */
import type { Latent } from './latent.ts'

/** Cosines beyond this count as the same, or as the opposite, direction. */
const parallel = 1 - 1e-5

/** @returns batch · channels · height · width values: rows are resized first, then columns */
export function bislerp(latent: Latent, height: number, width: number): Float32Array {
  const [batch, channels, oldHeight, oldWidth] = latent.shape
  const wide = resizeAlong(latent.data, batch, channels, {
    lines: oldHeight,
    lineStride: oldWidth,
    newLineStride: width,
    from: oldWidth,
    to: width,
    stride: 1,
    newStride: 1,
  })
  return resizeAlong(wide, batch, channels, {
    lines: width,
    lineStride: 1,
    newLineStride: 1,
    from: oldHeight,
    to: height,
    stride: width,
    newStride: width,
  })
}

/** Which way to walk a plane: `lines` lines of `from` positions become as many of `to`. */
interface Walk {
  lines: number
  lineStride: number
  newLineStride: number
  from: number
  to: number
  stride: number
  newStride: number
}

function resizeAlong(source: Float32Array, batch: number, channels: number, walk: Walk): Float32Array {
  const plane = walk.lines * walk.from
  const newPlane = walk.lines * walk.to
  const target = new Float32Array(batch * channels * newPlane)
  for (let i = 0; i < walk.to; i++) {
    const { left, right, share } = neighbours(i, walk.from, walk.to)
    for (let b = 0; b < batch; b++) {
      for (let line = 0; line < walk.lines; line++) {
        const start = b * channels * plane + line * walk.lineStride
        const out = b * channels * newPlane + line * walk.newLineStride + i * walk.newStride
        slerp(
          source,
          start + left * walk.stride,
          start + right * walk.stride,
          plane,
          share,
          target,
          out,
          newPlane,
          channels,
        )
      }
    }
  }
  return target
}

/**
 * Positions to either side of output position i, pixel centres at halves. The right one is the left one of the positions
 * shifted by one, so that both stop at the edge.
 */
function neighbours(i: number, from: number, to: number): { left: number; right: number; share: number } {
  const at = Math.max(0, ((i + 0.5) * from) / to - 0.5)
  const left = Math.min(Math.floor(at), from - 1)
  const within = Math.min(at, from - 1)
  return { left, right: Math.min(left + 1, from - 1), share: within - left }
}

function slerp(
  source: Float32Array,
  a: number,
  b: number,
  plane: number,
  share: number,
  target: Float32Array,
  out: number,
  newPlane: number,
  channels: number,
): void {
  let [squareA, squareB, dot] = [0, 0, 0]
  for (let c = 0; c < channels; c++) {
    const [va, vb] = [source[a + c * plane]!, source[b + c * plane]!]
    squareA += va * va
    squareB += vb * vb
    dot += va * vb
  }
  const [lengthA, lengthB] = [Math.sqrt(squareA), Math.sqrt(squareB)]
  // A vector of length 0 has no direction: it counts as square to the other.
  const cosine = lengthA > 0 && lengthB > 0 ? dot / (lengthA * lengthB) : 0
  let [weightA, weightB] = [1, 0]
  if (cosine < -parallel) {
    ;[weightA, weightB] = [1 - share, share]
  } else if (cosine <= parallel) {
    const angle = Math.acos(cosine)
    const length = (lengthA * (1 - share) + lengthB * share) / Math.sin(angle)
    weightA = lengthA > 0 ? (Math.sin((1 - share) * angle) * length) / lengthA : 0
    weightB = lengthB > 0 ? (Math.sin(share * angle) * length) / lengthB : 0
  }
  for (let c = 0; c < channels; c++) {
    target[out + c * newPlane] = weightA * source[a + c * plane]! + weightB * source[b + c * plane]!
  }
}
