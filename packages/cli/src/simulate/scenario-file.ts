import { namedScenario, readScenario, ScenarioError, scenarioNames } from '@holdfast/simulator'
import type { ReadOptions, Scenario } from '@holdfast/simulator'
import { CommandError, contentError, exitCodes } from '../exit.ts'
import { nearest } from '../nearest.ts'
import type { Surroundings } from '../surroundings.ts'
import { printable } from '../text.ts'

/** Reads scenarios from files, by the names of those that come with the simulator, and from what is piped in. */
export class ScenarioFiles {
  readonly #around: Surroundings
  readonly #names: readonly string[] = scenarioNames()
  /** It can be read once. */
  #input: Promise<string> | undefined

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Rejects with one line that says where the file is wrong. */
  async read(file: string, options: ReadOptions): Promise<Scenario> {
    const isName = this.#names.includes(file)
    const text = isName ? '' : await this.#textOf(file)
    try {
      return isName ? namedScenario(file, options) : readScenario(text, options)
    } catch (error) {
      throw refusalOf(file, error)
    }
  }

  async #textOf(file: string): Promise<string> {
    if (file === '-') return (this.#input ??= this.#around.readInput())
    try {
      return this.#around.read(file).toString()
    } catch (error) {
      const { code = 'unknown' } = error as { readonly code?: string }
      if (code === 'ENOENT' && /^[\w-]+$/.test(file)) throw this.#unknown(file)
      throw contentError(`${printable(file)}: the file cannot be read (${code})`)
    }
  }

  #unknown(name: string): CommandError {
    const near = nearest(name, this.#names)
    const hint =
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known are ${this.#names.join(', ')}`
    return new CommandError(
      exitCodes.usage,
      `${name}: there is no such file, nor a scenario of that name`,
      hint,
    )
  }
}

/** A scenario that makes no sense is what the file says, or what was set; anything else is a mistake of the program. */
export function refusalOf(file: string, error: unknown): unknown {
  return error instanceof ScenarioError
    ? contentError(`${printable(file)}: ${printable(error.message)}`)
    : error
}
