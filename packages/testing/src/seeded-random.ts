/** Draws numbers that are the same for the same seed. */
export interface SeededRandom {
  /** Uniform in [0, 1), in steps of 2 ** -53. */
  (): number
  /** A source of its own, drawn from this one: what the one draws later does not change what the other draws. */
  fork(): SeededRandom
}

/**
 * Chance that can be repeated, for tests and simulations; never for secrets. Any number is a seed, and neighbouring
 * seeds give unrelated numbers. (Small fast chaotic generator: three words of state and a counter, so no cycle is
 * shorter than 2 ** 32.)
 */
export function seededRandom(seed: number): SeededRandom {
  return randomFrom(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, Math.round((seed % 1) * 2 ** 32) >>> 0)
}

function randomFrom(a: number, b: number, c: number): SeededRandom {
  let counter = 1
  const word = (): number => {
    const drawn = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + drawn) | 0
    return drawn >>> 0
  }
  for (let round = 0; round < 16; round++) word()
  const draw = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53
  return Object.assign(draw, { fork: () => randomFrom(word(), word(), word()) })
}
