import { flag, number, object, optional, text } from './wire/reader.ts'

/** A request that did not succeed, with a sentence for the user. `status` 0: no answer came. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly orderId: string | undefined
  /** Said to who is not signed in: the server has a user demo with password demo. */
  readonly demo: boolean

  constructor(
    status: number,
    code: string,
    message: string,
    {
      orderId,
      demo = false,
    }: { readonly orderId?: string | undefined; readonly demo?: boolean | undefined } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.orderId = orderId
    this.demo = demo
  }

  /** The request may or may not have been carried out: repeat it only with the same client order id. */
  get outcomeUnknown(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504
  }
}

/** RFC 9457, with the product's own members. */
const parseProblem = object({
  title: optional(text),
  detail: optional(text),
  status: optional(number),
  code: optional(text),
  orderId: optional(text),
  demo: optional(flag),
})

/** Reads the problem document of a failed answer; an answer without one is told by its status. */
export async function readProblem(response: Response): Promise<ApiError> {
  try {
    const { title, detail, code = 'failed', orderId, demo } = parseProblem(await response.json(), 'problem')
    return new ApiError(response.status, code, detail ?? title ?? statusSentence(response.status), {
      orderId,
      demo,
    })
  } catch {
    return new ApiError(response.status, 'failed', statusSentence(response.status))
  }
}

function statusSentence(status: number): string {
  if (status === 401) return 'Sign in again'
  if (status === 429) return 'Too many requests: wait a moment'
  if (status >= 500) return `The server is not well (status ${status})`
  return `The server refused (status ${status})`
}
