/** Chance where nobody brings another: uniform in [0, 1). */
export const systemRandom: () => number = Math.random
