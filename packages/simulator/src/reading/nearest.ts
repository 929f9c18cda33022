/** The known word that somebody may have meant; undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((each) => ({ each, distance: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter((candidate) => candidate.distance <= Math.max(1, Math.floor(word.length / 3)))
  return near.toSorted((one, other) => one.distance - other.distance)[0]?.each
}

/** How many letters to insert, leave out or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, place) => place)
  for (const [row, letter] of [...from].entries()) {
    const next = [row + 1]
    for (let place = 1; place <= to.length; place++) {
      const replaced = (above[place - 1] ?? 0) + (letter === to[place - 1] ? 0 : 1)
      next.push(Math.min((above[place] ?? 0) + 1, (next[place - 1] ?? 0) + 1, replaced))
    }
    above = next
  }
  return above[to.length] ?? 0
}
