/** How many suggestions help. */
const most = 3

/** The known texts that `given` may have been meant for, the likeliest first: few edits apart, or one within the other. */
export function nearest(given: string, known: readonly string[]): readonly string[] {
  const wanted = given.toLowerCase()
  const allowed = Math.max(2, Math.floor(wanted.length / 4))
  return known
    .map((text) => ({ text, distance: distanceTo(wanted, text.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((one, other) => one.distance - other.distance || (one.text < other.text ? -1 : 1))
    .slice(0, most)
    .map(({ text }) => text)
}

function distanceTo(wanted: string, text: string): number {
  const isPart = wanted.length >= 3 && text.includes(wanted)
  return isPart ? 1 : edits(wanted, text)
}

/** How many characters must be put in, taken out, replaced, or swapped with their neighbour. */
function edits(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let at = 1; at <= from.length; at++) {
    const row = [at]
    for (let other = 1; other <= to.length; other++) {
      const replaced = (last[other - 1] ?? 0) + (from[at - 1] === to[other - 1] ? 0 : 1)
      const isSwap = from[at - 1] === to[other - 2] && from[at - 2] === to[other - 1]
      const swapped = isSwap ? (beforeLast[other - 2] ?? Infinity) + 1 : Infinity
      row.push(Math.min(replaced, swapped, (last[other] ?? 0) + 1, (row[other - 1] ?? 0) + 1))
    }
    beforeLast = last
    last = row
  }
  return last[to.length] ?? 0
}
