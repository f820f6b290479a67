/** @file The part of a picture to keep when its proportions change. */
import { roundHalfEven } from './round-half-even.ts'

export const cropMethods = ['disabled', 'center'] as const
export type CropMethod = (typeof cropMethods)[number]

/** The middle part of a picture that has the proportions of the new size; margins are rounded half to even. */
export function centreCrop(width: number, height: number, newWidth: number, newHeight: number) {
  const aspect = width / height
  const newAspect = newWidth / newHeight
  const x = aspect > newAspect ? roundHalfEven((width - width * (newAspect / aspect)) / 2) : 0
  const y = aspect < newAspect ? roundHalfEven((height - height * (aspect / newAspect)) / 2) : 0
  return { x, y, width: width - 2 * x, height: height - 2 * y }
}
