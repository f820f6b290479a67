/** @file The frame that a video shows, as a picture file of the video's own size. */

/** @throws when the browser cannot read or encode the frame */
export async function frameAsFile(video: HTMLVideoElement, name: string): Promise<File> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const context = canvas.getContext('2d')
  if (context === null || canvas.width === 0) throw new Error('the video shows no frame')
  context.drawImage(video, 0, 0)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null) throw new Error('the frame could not be encoded')
  return new File([blob], stillName(name, video.currentTime), { type: 'image/png' })
}

/** `clip_at_01m02.480s.png` */
export function stillName(name: string, seconds: number): string {
  const stem = name.replace(/\.[^.]+$/, '')
  const minutes = String(Math.floor(seconds / 60)).padStart(2, '0')
  const rest = (seconds % 60).toFixed(3).padStart(6, '0')
  return `${stem}_at_${minutes}m${rest}s.png`
}
