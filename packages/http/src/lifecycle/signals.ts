import { constants } from 'node:os'

/** Calls `first` on the first of `signals` and `again` on every further one, until what is returned is called. */
export function onSignals(
  signals: readonly NodeJS.Signals[],
  first: () => void,
  again: (exitCode: number) => void,
): () => void {
  let came = false
  const listener = (signal: NodeJS.Signals): void => {
    // As a shell says it of a process that a signal has ended.
    if (came) return again(128 + constants.signals[signal])
    came = true
    first()
  }
  const all = new Set(signals)
  for (const signal of all) process.on(signal, listener)
  return () => {
    for (const signal of all) process.off(signal, listener)
  }
}
