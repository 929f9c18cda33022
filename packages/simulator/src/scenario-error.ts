/** A scenario that cannot be played. The message is one line: where it is wrong, what was expected there, and what was found. */
export class ScenarioError extends TypeError {
  readonly code = 'ERR_SCENARIO'
  override readonly name = 'ScenarioError'
  /** Where, such as `clients.web.load.perSecond` or `injections[2].target`; empty for the scenario itself. */
  readonly path: string

  constructor(path: string, problem: string) {
    super(printable(`${path === '' ? 'scenario' : path}: ${problem}`))
    this.path = printable(path)
  }
}

/** Names come from a file, and may hold what breaks a line, or tells a terminal what to do. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}
