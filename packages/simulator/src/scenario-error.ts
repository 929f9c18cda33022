/** A scenario that cannot be played. The message is one line: where it is wrong, what was expected there, and what was found. */
export class ScenarioError extends TypeError {
  readonly code = 'ERR_SCENARIO'
  override readonly name = 'ScenarioError'
  /** Where, such as `clients.web.load.perSecond` or `injections[2].target`; empty for the scenario itself. */
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path === '' ? 'scenario' : path}: ${problem}`)
    this.path = path
  }
}
