import { usePortfolio, useQuote, type TickerSymbol } from '@tradewind/react'
import { useId, useState, type FormEvent, type ReactNode } from 'react'
import { Age } from '../../shared/age.tsx'
import { formatMoney, formatPrice, formatQuantity } from '../../shared/format.ts'
import { Panel } from '../../shared/panel.tsx'
import { Segmented } from '../../shared/segmented.tsx'
import { sideWords } from '../../shared/side.ts'
import { SymbolSearch } from '../../shared/symbol-search.tsx'
import { useInstrument } from '../../shared/use-instruments.ts'
import { checkTicket, emptyDraft, readNumber, toRequest, type TicketDraft } from './ticket-form.ts'
import { useSubmission } from './use-submission.ts'

export interface OrderTicketProps {
  readonly symbol: TickerSymbol
  readonly onSymbol: (symbol: TickerSymbol) => void
  /** No real money moves. */
  readonly paper: boolean
}

/** Places orders: judged as they are typed, sent once. */
export function OrderTicket({ symbol, onSymbol, paper }: OrderTicketProps) {
  const [typed, setTyped] = useState(emptyDraft)
  // The limit of one symbol must not become that of another.
  if (typed.symbol !== symbol) setTyped({ ...typed, symbol, limitPrice: '' })
  const draft: TicketDraft = { ...typed, symbol }
  const { busy, error, submit, clearError } = useSubmission()
  const [outcome, setOutcome] = useState<string>()
  const quote = useQuote(symbol)
  const { value: portfolio } = usePortfolio()
  const instrument = useInstrument(symbol)
  const check = checkTicket(draft, { instrument, quote: quote.value, portfolio })
  const { verb } = sideWords[draft.side]

  const edit = (change: Partial<TicketDraft>) => {
    setTyped((before) => ({ ...before, ...change }))
    clearError()
    setOutcome(undefined)
  }

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    if (!check.ready) return
    const order = await submit((id) => toRequest(draft, id))
    if (!order) return
    setTyped((before) => ({ ...before, quantity: '' }))
    setOutcome(
      order.status === 'unknown' || order.status === 'submitting'
        ? 'Sent; the broker has not answered yet.'
        : undefined,
    )
  }

  const quantity = readNumber(draft.quantity)
  const subject =
    symbol === '' ? 'order' : `${quantity === undefined ? '' : `${formatQuantity(quantity)} `}${symbol}`
  return (
    <Panel
      title="Order"
      aside={paper && <span className="text-micro font-semibold tracking-widest text-paper">PAPER</span>}
    >
      <form onSubmit={(event) => void onSubmit(event)} className="grid gap-4 px-5 pb-5" noValidate>
        <Segmented
          legend="Side"
          value={draft.side}
          options={[
            { value: 'buy', label: 'Buy', selected: 'bg-accent text-on-accent' },
            { value: 'sell', label: 'Sell', selected: 'bg-down text-on-down' },
          ]}
          onChange={(side) => edit({ side })}
        />
        <SymbolSearch
          label="Symbol"
          placeholder={symbol === '' ? 'Symbol or name' : 'Another symbol'}
          onPick={onSymbol}
        />
        {symbol !== '' && (
          <div className="flex items-end justify-between gap-3">
            <p className="min-w-0">
              <span className="text-lead font-semibold">{symbol}</span>
              <span className="block truncate text-small text-muted">{instrument?.name ?? ' '}</span>
            </p>
            {quote.value && (
              <p className="dim-when-old text-right" data-state={quote.state}>
                <span className="text-lead font-medium">{formatPrice(quote.value.price)}</span>
                <span className="block text-micro text-muted">
                  {quote.value.bid !== undefined && quote.value.ask !== undefined && (
                    <>
                      {formatPrice(quote.value.bid)} / {formatPrice(quote.value.ask)} ·{' '}
                    </>
                  )}
                  <Age live={quote} />
                </span>
              </p>
            )}
          </div>
        )}
        <Segmented
          legend="Order type"
          value={draft.type}
          options={[
            { value: 'market', label: 'Market' },
            { value: 'limit', label: 'Limit' },
          ]}
          onChange={(type) => {
            const suggestion = quote.value ? String(Number(quote.value.price.toFixed(2))) : ''
            edit({ type, limitPrice: type === 'limit' ? suggestion : '' })
          }}
        />
        <div className={draft.type === 'limit' ? 'grid grid-cols-2 items-start gap-3' : ''}>
          <NumberField
            label="Quantity"
            value={draft.quantity}
            error={check.quantityError}
            onChange={(text) => edit({ quantity: text })}
          />
          {draft.type === 'limit' && (
            <NumberField
              label="Limit price"
              value={draft.limitPrice}
              error={check.limitPriceError}
              onChange={(text) => edit({ limitPrice: text })}
            />
          )}
        </div>
        {draft.type === 'limit' && (
          <Segmented
            legend="Good"
            value={draft.timeInForce}
            options={[
              { value: 'day', label: 'Today' },
              { value: 'gtc', label: 'Until canceled' },
            ]}
            onChange={(timeInForce) => edit({ timeInForce })}
          />
        )}
        <dl className="grid gap-1.5 border-t border-line pt-4 text-small">
          <Row label={draft.side === 'buy' ? 'Estimated cost' : 'Estimated proceeds'}>
            {check.estimate === undefined ? '–' : formatMoney(check.estimate)}
          </Row>
          {draft.side === 'buy' ? (
            <Row label="Buying power">
              {check.available === undefined ? '–' : formatMoney(check.available)}
            </Row>
          ) : (
            <Row label="You hold">{formatQuantity(check.held)}</Row>
          )}
        </dl>
        {(error ?? check.orderError) && (
          <p role="alert" className="text-small text-down">
            {error ?? check.orderError}
          </p>
        )}
        {outcome && (
          <p role="status" className="text-small text-paper">
            {outcome}
          </p>
        )}
        <button
          type="submit"
          disabled={!check.ready || busy}
          className={`h-11 rounded-lg font-semibold transition-opacity hover:opacity-90 disabled:opacity-45 ${
            draft.side === 'buy' ? 'bg-accent text-on-accent' : 'bg-down text-on-down'
          }`}
        >
          {busy ? 'Placing…' : `${verb} ${subject}`}
        </button>
      </form>
    </Panel>
  )
}

interface NumberFieldProps {
  readonly label: string
  readonly value: string
  readonly error: string | undefined
  readonly onChange: (text: string) => void
}

function NumberField({ label, value, error, onChange }: NumberFieldProps) {
  const id = useId()
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-small text-muted">
        {label}
      </label>
      <input
        id={id}
        className="field"
        inputMode="decimal"
        autoComplete="off"
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {error && (
        <p id={`${id}-error`} className="text-micro text-down">
          {error}
        </p>
      )}
    </div>
  )
}

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-muted">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  )
}
