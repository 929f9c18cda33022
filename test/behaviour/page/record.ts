import { readFileSync, writeFileSync } from 'node:fs'
import type { Result } from './job.ts'

/** What came of every run that the page is made from, one a line, so that a change shows where it is. */
const path = new URL('../record.jsonl', import.meta.url)

export type Results = ReadonlyMap<string, Result>

export function readRecord(): Results {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as [string, Result]))
}

export function writeRecord(results: Results): void {
  const lines = [...results].toSorted(([one], [other]) => (one < other ? -1 : 1))
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
