/** What is heard: each is told from the others without looking. */
export type Sound = 'buy' | 'sell' | 'refused'

/** Hertz, one after the other: a buy rises, a sale falls, a refusal is low. */
const notes: Readonly<Record<Sound, readonly number[]>> = {
  buy: [659, 880],
  sell: [880, 659],
  refused: [233, 196],
}
const NOTE_SECONDS = 0.11
/** The fills of a burst are one sound. */
const REST_MS = 250

let context: AudioContext | undefined
let playedAt = -Infinity

/** Plays it, unless one was heard just now or the browser has no sound. Volume is 0 to 1. */
export function playSound(sound: Sound, volume: number): void {
  const now = performance.now()
  if (now - playedAt < REST_MS || volume <= 0) return
  const audio = ready()
  if (!audio) return
  playedAt = now
  notes[sound].forEach((frequency, index) => {
    const start = audio.currentTime + index * NOTE_SECONDS
    const end = start + NOTE_SECONDS
    const oscillator = audio.createOscillator()
    const gain = audio.createGain()
    oscillator.frequency.value = frequency
    gain.gain.setValueAtTime(volume * 0.25, start)
    gain.gain.exponentialRampToValueAtTime(0.0001, end) // without the ramp it ends in a click
    oscillator.connect(gain).connect(audio.destination)
    oscillator.start(start)
    oscillator.stop(end)
  })
}

/** Browsers are silent until the user did something: call it then. */
export function unlockSound(): void {
  void ready()?.resume()
}

function ready(): AudioContext | undefined {
  if (typeof AudioContext !== 'function') return undefined
  context ??= new AudioContext()
  return context
}
