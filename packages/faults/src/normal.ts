/** Draws from the normal distribution of mean 0 and deviation 1 (Box and Muller 1958). Takes two numbers each time. */
export function standardNormal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return radius * Math.cos(2 * Math.PI * random())
}

export function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}

/** How likely it is to draw less than `x` (Marsaglia 2004, Evaluating the Normal Distribution); off by 1e-15 at most. */
export function cumulative(x: number): number {
  if (x > 8.5) return 1
  if (x < -8.5) return 0
  let sum = x
  let before = 0
  for (let term = x, divisor = 3; sum !== before; divisor += 2) {
    before = sum
    term *= (x * x) / divisor
    sum += term
  }
  return 0.5 + sum * density(x)
}
