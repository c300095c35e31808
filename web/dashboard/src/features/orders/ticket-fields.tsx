import type { Price } from '@tradewind/react'
import type { FormEvent, Ref } from 'react'
import { formatMoney, formatQuantity } from '../../shared/format.ts'
import { Segmented } from '../../shared/segmented.tsx'
import { TextField } from '../../shared/text-field.tsx'
import { Figure } from './figures.tsx'
import { describeDraft, type TicketCheck, type TicketDraft } from './ticket-form.ts'

export interface JudgedDraft {
  readonly draft: TicketDraft
  readonly check: TicketCheck
  /** It is under way. */
  readonly busy: boolean
  /** Why it was not placed. */
  readonly error: string | undefined
}

export interface TicketFieldsProps extends JudgedDraft {
  /** What became of the order before. */
  readonly outcome: string | undefined
  /** Where a limit price begins. */
  readonly lastPrice: Price | undefined
  /** The next step is a review. */
  readonly review: boolean
  readonly quantityField: Ref<HTMLInputElement>
  readonly onEdit: (change: Partial<TicketDraft>) => void
  readonly onSubmit: () => void
}

/** What is typed, and what is wrong with it. */
export function TicketFields(props: TicketFieldsProps) {
  const { draft, check, busy, error, outcome, lastPrice, review, quantityField, onEdit, onSubmit } = props
  const limit = draft.type === 'limit'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (check.ready) onSubmit()
  }
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <Segmented
        legend="Side"
        value={draft.side}
        options={[
          { value: 'buy', label: 'Buy', selected: 'bg-accent text-on-accent' },
          { value: 'sell', label: 'Sell', selected: 'bg-down text-on-down' },
        ]}
        onChange={(side) => onEdit({ side })}
      />
      <Segmented
        legend="Order type"
        value={draft.type}
        options={[
          { value: 'market', label: 'Market' },
          { value: 'limit', label: 'Limit' },
        ]}
        onChange={(type) => {
          const suggestion = lastPrice === undefined ? '' : String(Number(lastPrice.toFixed(2)))
          onEdit({ type, limitPrice: type === 'limit' ? suggestion : '' })
        }}
      />
      <div className={limit ? 'grid grid-cols-2 items-start gap-3' : ''}>
        <TextField
          label="Quantity"
          inputMode="decimal"
          autoComplete="off"
          field={quantityField}
          value={draft.quantity}
          error={check.quantityError}
          onChange={(quantity) => onEdit({ quantity })}
        />
        {limit && (
          <TextField
            label="Limit price"
            inputMode="decimal"
            autoComplete="off"
            value={draft.limitPrice}
            error={check.limitPriceError}
            onChange={(limitPrice) => onEdit({ limitPrice })}
          />
        )}
      </div>
      {limit && (
        <Segmented
          legend="Good"
          value={draft.timeInForce}
          options={[
            { value: 'day', label: 'Today' },
            { value: 'gtc', label: 'Until canceled' },
          ]}
          onChange={(timeInForce) => onEdit({ timeInForce })}
        />
      )}
      <dl className="grid gap-1.5 border-t border-line pt-4 text-small">
        <Figure label={draft.side === 'buy' ? 'Estimated cost' : 'Estimated proceeds'}>
          {check.estimate === undefined ? '–' : formatMoney(check.estimate)}
        </Figure>
        {draft.side === 'buy' ? (
          <Figure label="Buying power">
            {check.available === undefined ? '–' : formatMoney(check.available)}
          </Figure>
        ) : (
          <Figure label="You hold">{formatQuantity(check.held)}</Figure>
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
        className={`button-order ${sideButton[draft.side]}`}
      >
        {busy ? 'Placing…' : review ? 'Review order' : describeDraft(draft)}
      </button>
    </form>
  )
}

/** The colours of the button that goes on. */
export const sideButton = { buy: 'bg-accent text-on-accent', sell: 'bg-down text-on-down' } as const
