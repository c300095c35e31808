import type { AccountId, Seq, ServerTime, TickerSymbol } from '../nominal.ts'
import { flag, list, number, object, optional, text, type ObjectOf } from './reader.ts'

const failure = {
  code: text,
  message: text,
  retryAfterMs: optional(number),
}

/** Why the server refused an event. */
export type Failure = ObjectOf<typeof failure>
export const parseFailure = object(failure)

const reply = { ok: flag, error: optional(parseFailure) }
export const parseReply = object(reply)

/** The answer to an event: with `ok` the raw fields are there for the asker's own parser. */
export type Reply =
  | { readonly ok: true; readonly raw: unknown }
  | { readonly ok: false; readonly error: Failure; readonly raw: unknown }

/** Reads the answer to an event. */
export function readReply(raw: unknown, path: string): Reply {
  const { ok, error = { code: 'internal', message: 'refused without a reason' } } = parseReply(raw, path)
  return ok ? { ok, raw } : { ok, error, raw }
}

/** What stands for the answer when there is none. */
export function noAnswer(message: string): Reply {
  return { ok: false, error: { code: 'no_answer', message }, raw: undefined }
}

const refusal = {
  code: text,
  retryable: flag,
  retryAfterMs: optional(number),
}

/** `data` of a refused connect. */
export type RefusalData = ObjectOf<typeof refusal>
export const parseRefusal = object(refusal)

/** A refused connect carries `data` with a code; an error of the transport does not. */
export function readRefusal(error: unknown): RefusalData | undefined {
  if (!(error instanceof Error) || !('data' in error) || error.data === undefined) return undefined
  try {
    return parseRefusal(error.data, 'connect_error')
  } catch {
    return { code: 'refused', retryable: false }
  }
}

export const parseClockReply = object({ now: number<ServerTime> })

export const parseTradesReply = object({
  account: text<AccountId>,
  /** The newest entry. */
  seq: number<Seq>,
  /** How many entries follow. */
  replayed: number,
  truncated: optional(flag),
})

/** Where an account's ledger stands; a refused cursor tells it in its error. */
export const parseLedgerHead = object({ account: text<AccountId>, seq: number<Seq> })
export const parseCursorRefusal = object({ error: parseLedgerHead })

export const parseWatchlistReply = object({
  accepted: list(text<TickerSymbol>),
  rejected: optional(list(object({ symbol: text<TickerSymbol>, code: text, message: text }))),
})

export const parseSessionExpired = object({ reason: optional(text) })
export const parseErrorEvent = object({ ...failure, event: optional(text) })
