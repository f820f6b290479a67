/**
 * @file A short tone when a run ended: two notes that rise when it is done, that fall when it is not. Made by the browser itself,
 * which allows sound only once the page was clicked or a key pressed. Loaded when it is wanted.
 */

export type Ending = 'done' | 'not done'

const notes: Record<Ending, readonly [number, number]> = { done: [660, 880], 'not done': [440, 330] }
/** Seconds. */
const noteLength = 0.16
const loudness = 0.15

/** Never rejects: without leave to sound it stays silent. */
export async function playTone(ending: Ending): Promise<void> {
  // A page nobody touched yet has no leave: asking for it would wait for the first click, and sound then.
  if (navigator.userActivation?.hasBeenActive === false) return
  const context = new AudioContext()
  try {
    await context.resume()
    const ended = notes[ending].map((frequency, index) => playNote(context, frequency, index * noteLength))
    await Promise.all(ended)
  } catch {
    // No output device, or not allowed after all.
  } finally {
    void context.close().catch(() => undefined)
  }
}

/** @param after - seconds from now @returns when it is over */
function playNote(context: AudioContext, frequency: number, after: number): Promise<void> {
  const start = context.currentTime + after
  const oscillator = new OscillatorNode(context, { type: 'sine', frequency })
  const volume = new GainNode(context, { gain: 0 })
  // Without a slope at both ends it clicks.
  volume.gain.setValueAtTime(0, start)
  volume.gain.linearRampToValueAtTime(loudness, start + 0.01)
  volume.gain.exponentialRampToValueAtTime(0.001, start + noteLength)
  oscillator.connect(volume).connect(context.destination)
  oscillator.start(start)
  oscillator.stop(start + noteLength)
  return new Promise((resolve) => {
    oscillator.onended = () => resolve()
  })
}
