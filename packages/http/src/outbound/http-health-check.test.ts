import { describe, expect, it } from 'vitest'
import { httpHealthCheck } from './http-health-check.ts'

const endpoint = { id: 'a', url: 'https://a.example/v1' }
const { signal } = new AbortController()

/** A fetch that answers so, and what it was asked. */
function answering(
  status: number,
  body = 'ok',
): { fetch: typeof fetch; asked: Request[]; responses: Response[] } {
  const asked: Request[] = []
  const responses: Response[] = []
  return {
    asked,
    responses,
    fetch: async (input, init) => {
      asked.push(new Request(input, init))
      const response = new Response(body, { status })
      responses.push(response)
      return response
    },
  }
}

describe('httpHealthCheck', () => {
  it('asks below the address of the endpoint, and follows no redirect', async () => {
    const { fetch, asked, responses } = answering(200)
    await httpHealthCheck({ path: '/readyz?full', fetch })(endpoint, signal)
    expect(asked.map(({ method, redirect, url }) => [method, redirect, url])).toEqual([
      ['GET', 'manual', 'https://a.example/v1/readyz?full'],
    ])
    expect(responses[0]?.bodyUsed).toBe(true)
  })

  it.each([302, 404, 429, 500, 503])('takes %i for unwell', async (status) => {
    const { fetch } = answering(status)
    const check = httpHealthCheck({ path: '/readyz', fetch })
    await expect(check(endpoint, signal)).rejects.toMatchObject({ code: 'ERR_STATUS', status })
  })

  it('takes an answer for what it is told to', async () => {
    const says = async (body: string): Promise<void> => {
      const { fetch } = answering(503, body)
      const expectUp = async (response: Response): Promise<boolean> => (await response.text()) === 'up'
      await httpHealthCheck({ path: '/', expect: expectUp, fetch })(endpoint, signal)
    }
    await expect(says('up')).resolves.toBeUndefined()
    await expect(says('down')).rejects.toMatchObject({ status: 503 })
  })

  it('hands on the signal, and what the request fails of', async () => {
    const check = httpHealthCheck({ path: '/' })
    await expect(check(endpoint, AbortSignal.abort('too late'))).rejects.toBe('too late')
    await expect(check({ id: 'b' }, signal)).rejects.toThrow("endpoint 'b' has no url")
  })

  it('is refused without a path', () => {
    expect(() => httpHealthCheck({} as never)).toThrow('path must be given')
    expect(() => httpHealthCheck({ path: '/', expect: 200 } as never)).toThrow('expect must be a function')
  })
})
