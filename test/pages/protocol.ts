/** What is used of the browser's DevTools protocol: what it is asked for, and what it answers. */
export interface Replies {
  readonly 'Target.createTarget': { readonly targetId: string }
  readonly 'Target.attachToTarget': { readonly sessionId: string }
  readonly 'Page.enable': object
  readonly 'Network.enable': object
  readonly 'Runtime.enable': object
  readonly 'Log.enable': object
  readonly 'Emulation.setDeviceMetricsOverride': object
  readonly 'Emulation.setEmulatedMedia': object
  readonly 'Page.navigate': object
  /** A PNG, in base 64. */
  readonly 'Page.captureScreenshot': { readonly data: string }
  readonly 'Runtime.evaluate': { readonly result: { readonly value?: unknown } }
  readonly 'Page.close': object
}

/** What it tells by itself. */
export type PageEvent =
  | { readonly method: 'Page.loadEventFired'; readonly params: object }
  | {
      readonly method: 'Network.requestWillBeSent'
      readonly params: { readonly request: { readonly url: string } }
    }
  | {
      readonly method: 'Runtime.exceptionThrown'
      readonly params: {
        readonly exceptionDetails: {
          readonly text: string
          readonly exception?: { readonly description?: string }
        }
      }
    }
  | {
      readonly method: 'Runtime.consoleAPICalled'
      readonly params: { readonly args: readonly { readonly value?: unknown }[] }
    }
  | { readonly method: 'Log.entryAdded'; readonly params: { readonly entry: { readonly text: string } } }
