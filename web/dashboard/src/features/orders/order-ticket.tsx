import { usePortfolio, useQuote, type Side, type TickerSymbol } from '@tradewind/react'
import { useImperativeHandle, useRef, useState, type Ref } from 'react'
import { flushSync } from 'react-dom'
import { Panel } from '../../shared/panel.tsx'
import { useSettings } from '../../shared/settings.ts'
import { SymbolSearch } from '../../shared/symbol-search.tsx'
import { useInstrument } from '../../shared/use-instruments.ts'
import { TicketFields } from './ticket-fields.tsx'
import { checkTicket, emptyDraft, toRequest, type TicketDraft } from './ticket-form.ts'
import { TicketQuote } from './ticket-quote.tsx'
import { TicketReview } from './ticket-review.tsx'
import { useSubmission } from './use-submission.ts'

/** What the desk's keys do with the ticket. */
export interface TicketHandle {
  /** Chooses the side and waits for a quantity. */
  readonly begin: (side: Side) => void
}

export interface OrderTicketProps {
  readonly symbol: TickerSymbol
  readonly onSymbol: (symbol: TickerSymbol) => void
  /** No real money moves. */
  readonly paper: boolean
  readonly handle?: Ref<TicketHandle>
}

/** Places orders: judged as they are typed, shown once more, sent once. */
export function OrderTicket({ symbol, onSymbol, paper, handle }: OrderTicketProps) {
  const [typed, setTyped] = useState(emptyDraft)
  const [reviewing, setReviewing] = useState(false)
  const [outcome, setOutcome] = useState<string>()
  const quantityField = useRef<HTMLInputElement>(null)
  // The limit of one symbol must not become that of another.
  if (typed.symbol !== symbol) {
    setTyped({ ...typed, symbol, limitPrice: '' })
    setReviewing(false)
  }
  const draft: TicketDraft = { ...typed, symbol }
  const { settings } = useSettings()
  const { busy, error, submit, clearError } = useSubmission()
  const quote = useQuote(symbol)
  const { value: portfolio } = usePortfolio()
  const instrument = useInstrument(symbol)
  const check = checkTicket(draft, { instrument, quote: quote.value, portfolio })

  const edit = (change: Partial<TicketDraft>) => {
    setTyped((before) => ({ ...before, ...change }))
    clearError()
    setOutcome(undefined)
  }
  const leaveReview = () => {
    flushSync(() => setReviewing(false))
    quantityField.current?.focus()
  }
  useImperativeHandle(handle, () => ({
    begin(side) {
      flushSync(() => {
        edit({ side })
        setReviewing(false)
      })
      quantityField.current?.focus()
    },
  }))

  const place = async () => {
    if (!check.ready) return
    const order = await submit((id) => toRequest(draft, id))
    if (!order) return
    setTyped((before) => ({ ...before, quantity: '' }))
    const waiting = order.status === 'unknown' || order.status === 'submitting'
    setOutcome(waiting ? 'Sent; the broker has not answered yet.' : undefined)
    if (reviewing) leaveReview()
  }

  const judged = { draft, check, busy, error }
  return (
    <Panel
      title="Order"
      aside={paper && <span className="text-micro font-semibold tracking-widest text-paper">PAPER</span>}
    >
      <div className="grid grid-cols-1 gap-4 px-5 pb-5">
        {reviewing ? (
          <TicketReview {...judged} paper={paper} onConfirm={() => void place()} onBack={leaveReview} />
        ) : (
          <>
            <SymbolSearch
              label="Symbol"
              placeholder={symbol === '' ? 'Symbol or name' : 'Another symbol'}
              onPick={onSymbol}
            />
            {symbol !== '' && <TicketQuote symbol={symbol} name={instrument?.name} quote={quote} />}
            <TicketFields
              {...judged}
              outcome={outcome}
              lastPrice={quote.value?.price}
              review={settings.review}
              quantityField={quantityField}
              onEdit={edit}
              onSubmit={() => (settings.review ? setReviewing(true) : void place())}
            />
          </>
        )}
      </div>
    </Panel>
  )
}
