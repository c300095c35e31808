import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseLedgerEvent } from '../../src/core/wire/ledger.ts'
import { parsePortfolio } from '../../src/core/wire/portfolio.ts'
import { parseFeedStatus, parseQuote } from '../../src/core/wire/quote.ts'
import { object, optional, text, type Parser } from '../../src/core/wire/reader.ts'
import {
  parseClockReply,
  parseCursorRefusal,
  parseFailure,
  parseRefusal,
  parseReply,
  parseSessionExpired,
  parseTradesReply,
  parseWatchlistReply,
} from '../../src/core/wire/reply.ts'

/** The samples that the server's own tests write and read: the two sides cannot drift apart. */
const SAMPLES = new URL('../../../../../internal/wire/testdata/', import.meta.url)

const anything = (raw: unknown) => raw
const parseSample = object({
  event: optional(text),
  message: optional(text),
  data: optional<unknown>(anything),
  ack: optional<unknown>(anything),
})

const events: Readonly<Record<string, Parser<unknown>>> = {
  'portfolio:update': parsePortfolio,
  'quote:update': parseQuote,
  'feed:status': parseFeedStatus,
  'session:expired': parseSessionExpired,
  error: parseFailure,
  'trade:executed': (raw) => parseLedgerEvent('trade:executed', raw)?.data,
  'trade:failed': (raw) => parseLedgerEvent('trade:failed', raw)?.data,
  'order:update': (raw) => parseLedgerEvent('order:update', raw)?.data,
  'account:update': (raw) => parseLedgerEvent('account:update', raw)?.data,
}

const acks: Readonly<Record<string, Parser<unknown>>> = {
  clock: parseClockReply,
  'subscribe:trades': parseTradesReply,
  'subscribe:watchlist': parseWatchlistReply,
}

const read = (file: string) => parseSample(JSON.parse(readFileSync(new URL(file, SAMPLES), 'utf8')), file)

describe('the samples shared with the server', () => {
  for (const file of readdirSync(SAMPLES).filter((name) => name.endsWith('.json'))) {
    it(file, () => {
      const { event, message, data, ack } = read(file)
      if (ack !== undefined) {
        const reply = parseReply(ack, file)
        if (reply.ok) acks[event ?? '']?.(ack, file)
        else expect(reply.error?.code).toBeTruthy()
      } else if (message !== undefined) {
        expect(parseRefusal(data, file).code).toBeTruthy()
      } else {
        const parse = events[event ?? '']
        expect(parse, `a parser for ${event}`).toBeDefined()
        // Nothing that we know by name may get lost on the way, and its value stays as it was.
        expect(data).toMatchObject(parse?.(data, file) as object)
      }
    })
  }

  it('reads the cursor from a refusal', () => {
    const { data } = read('error-cursor-unknown.json')
    expect(parseCursorRefusal({ ok: false, error: data }, 'ack').error).toEqual({ account: 'acc_1', seq: 9 })
  })
})
