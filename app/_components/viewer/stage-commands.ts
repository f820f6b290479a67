/** @file What the keyboard and the bars ask of the stage, whatever is on it; a stage leaves out what means nothing to it. */

export type StageCommand =
  | 'toggle' // a picture: fit or one to one; a video: play or pause; blinking: the other side
  | 'zoomIn'
  | 'zoomOut'
  | 'fit'
  | 'actual'
  | 'frameBack'
  | 'frameForward'
  | 'slower'
  | 'faster'
  | 'saveFrame'

export interface StageHandle {
  run(command: StageCommand): void
}

/** A step of the zoom by key or button. */
export const zoomStep = 1.4
