import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { program } from '../servers/index.ts'
import { DebuggingPipe } from './debugging-pipe.ts'
import type { PageEvent } from './protocol.ts'

export interface ViewOptions {
  /** Of the window. Default 1000. */
  readonly width?: number
  /** What the reader prefers, or that it is printed. Default `light`. */
  readonly look?: 'light' | 'dark' | 'print'
}

/** What became of a page. */
export interface View {
  /** What was written to the console, by the page or about it. */
  readonly console: readonly string[]
  /** All that the page asked for, itself first. */
  readonly requests: readonly string[]
  readonly png: Buffer
  /** What the script came to that was run in it. */
  readonly found: unknown
}

const flags = [
  '--headless',
  // Tests may run as root, and in containers, where there is no sandbox.
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-extensions',
]

/** Chromium without a window. */
export class Browser {
  readonly #folder: string
  readonly #pipe: DebuggingPipe

  private constructor(folder: string, pipe: DebuggingPipe) {
    this.#folder = folder
    this.#pipe = pipe
  }

  static async start(): Promise<Browser> {
    const path = await program('chromium')
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-browser-'))
    return new Browser(folder, new DebuggingPipe(path, [...flags, `--user-data-dir=${folder}`]))
  }

  async stop(): Promise<void> {
    await this.#pipe.close()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Opens a page from a file, and runs a script in it. */
  async view(page: string, script: string = '', options: ViewOptions = {}): Promise<View> {
    const file = join(this.#folder, 'page.html')
    writeFileSync(file, page)
    const tab = await this.#open(options)
    const heard = await this.#load(pathToFileURL(file).href, tab)
    const { data } = await this.#pipe.send('Page.captureScreenshot', {}, tab)
    const asked = { expression: script, returnByValue: true }
    const { result } = await this.#pipe.send('Runtime.evaluate', asked, tab)
    await this.#pipe.send('Page.close', {}, tab)
    return {
      console: heard.flatMap(saidIn),
      requests: heard.flatMap((event) =>
        event.method === 'Network.requestWillBeSent' ? [event.params.request.url] : [],
      ),
      png: Buffer.from(data, 'base64'),
      found: result.value,
    }
  }

  /** What happened until the page was there; goes on to hear. */
  async #load(url: string, tab: string): Promise<readonly PageEvent[]> {
    const heard: PageEvent[] = []
    await new Promise<void>((resolve, reject) => {
      this.#pipe.on(tab, (event) => {
        heard.push(event)
        if (event.method === 'Page.loadEventFired') resolve()
      })
      this.#pipe.send('Page.navigate', { url }, tab).catch(reject)
    })
    return heard
  }

  async #open({ width = 1_000, look = 'light' }: ViewOptions): Promise<string> {
    const { targetId } = await this.#pipe.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.#pipe.send('Target.attachToTarget', { targetId, flatten: true })
    for (const domain of ['Page', 'Network', 'Runtime', 'Log'] as const) {
      await this.#pipe.send(`${domain}.enable`, {}, sessionId)
    }
    const size = { width, height: 2_000, deviceScaleFactor: 1, mobile: false }
    await this.#pipe.send('Emulation.setDeviceMetricsOverride', size, sessionId)
    const features = [{ name: 'prefers-color-scheme', value: look === 'dark' ? 'dark' : 'light' }]
    const media = look === 'print' ? 'print' : 'screen'
    await this.#pipe.send('Emulation.setEmulatedMedia', { media, features }, sessionId)
    return sessionId
  }
}

function saidIn(event: PageEvent): readonly string[] {
  switch (event.method) {
    case 'Runtime.exceptionThrown': {
      const { text, exception } = event.params.exceptionDetails
      return [exception?.description ?? text]
    }
    case 'Runtime.consoleAPICalled':
      return [event.params.args.map(({ value }) => String(value)).join(' ')]
    case 'Log.entryAdded':
      return [event.params.entry.text]
    default:
      return []
  }
}
