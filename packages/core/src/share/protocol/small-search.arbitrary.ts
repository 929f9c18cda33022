/** What can be done in a state, by its name, and where it leads. */
export type Move<State> = readonly [action: string, next: State]

export interface Search<State> {
  readonly start: State
  moves(state: State): readonly Move<State>[]
  /** Equal for states from which nothing different can follow. */
  key(state: State): string
  /** What is wrong with a state; undefined where nothing is. */
  wrong(state: State): string | undefined
  /** No more states than this are looked at. */
  maximum: number
}

export interface Found {
  readonly states: number
  readonly moves: number
  /** How many moves lead from the start to the last state. */
  readonly depth: number
  /** Whether nothing was left to look at. */
  readonly complete: boolean
  /** What went wrong first, and the shortest way there. */
  readonly violation?: { readonly what: string; readonly trace: readonly string[] }
}

/** Looks at every state that can be reached, the nearest first, until one is wrong. */
export function search<State>({ start, moves, key, wrong, maximum }: Search<State>): Found {
  const seen = new Set([fingerprint(key(start))])
  // A state is let go when it has been looked at; of the way to it only the moves are kept.
  const [from, by] = [[-1], ['']]
  let layer: State[] = [start]
  let [first, depth, tried] = [0, 0, 0]
  const found = (complete: boolean): Found => ({ states: from.length, moves: tried, depth, complete })
  while (layer.length > 0) {
    const next: State[] = []
    for (const [place, state] of layer.entries()) {
      const what = wrong(state)
      if (what !== undefined) {
        return { ...found(false), violation: { what, trace: traceTo(first + place, from, by) } }
      }
      for (const [action, reached] of moves(state)) {
        tried++
        const mark = fingerprint(key(reached))
        if (seen.has(mark) || from.length >= maximum) continue
        seen.add(mark)
        from.push(first + place)
        by.push(action)
        next.push(reached)
      }
    }
    first += layer.length
    layer = next
    if (layer.length > 0) depth++
  }
  return found(from.length < maximum)
}

function traceTo(state: number, from: readonly number[], by: readonly string[]): readonly string[] {
  const trace: string[] = []
  for (let at = state; at > 0; at = from[at] ?? 0) trace.unshift(by[at] ?? '')
  return trace
}

/** 53 bits of a text: among a million texts two have the same once in ten thousand searches. */
function fingerprint(text: string): number {
  let [one, two] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    one = Math.imul(one ^ code, 2_654_435_761)
    two = Math.imul(two ^ code, 1_597_334_677)
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909)
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909)
  return 2 ** 32 * (two & 0x1fffff) + (one >>> 0)
}
