/** What an event log needs of an event. */
export interface LoggedEvent {
  readonly type: string
}

/** Collects what a pipeline reports, in order. */
export class EventLog<Event extends LoggedEvent> {
  readonly events: Event[] = []
  /** Stops listening. */
  readonly stop: () => void

  constructor(source: { on(listener: (event: Event) => void): () => void }) {
    this.stop = source.on((event) => this.events.push(event))
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type)
  }

  of<Type extends Event['type']>(type: Type): readonly Extract<Event, { readonly type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<Event, { readonly type: Type }> => event.type === type,
    )
  }

  clear(): void {
    this.events.length = 0
  }
}
