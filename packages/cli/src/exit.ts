/** How the program ends. Scripts rely on these numbers. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unknownName: 3 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with one line for people, perhaps a hint below it, and an exit code. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly exitCode: ExitCode
  /** Empty where nothing is to be hinted at; undefined for what the program usually hints at. */
  readonly hint: string | undefined

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message)
    this.exitCode = exitCode
    this.hint = hint
  }
}

/** What was typed makes no sense. */
export function usageError(message: string, hint?: string): CommandError {
  return new CommandError(exitCodes.usage, message, hint)
}

/** What was given to read makes no sense, and the message says all about it. */
export function contentError(message: string): CommandError {
  return new CommandError(exitCodes.usage, message, '')
}
