import { useEffect, useId, useRef, type KeyboardEvent, type MouseEvent } from 'react'
import { formatMoney, formatPrice } from '../../shared/format.ts'
import { Figure } from './figures.tsx'
import { sideButton, type JudgedDraft } from './ticket-fields.tsx'
import { describeDraft, readNumber } from './ticket-form.ts'

export interface TicketReviewProps extends JudgedDraft {
  readonly paper: boolean
  readonly onConfirm: () => void
  readonly onBack: () => void
}

/** The order once more, before it is sent. Its figures stay live. */
export function TicketReview({ draft, check, busy, error, paper, onConfirm, onBack }: TicketReviewProps) {
  const confirm = useRef<HTMLButtonElement>(null)
  const facts = useId()
  const limitPrice = readNumber(draft.limitPrice)
  const buy = draft.side === 'buy'
  useEffect(() => confirm.current?.focus(), [])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onBack()
    if (event.repeat) event.preventDefault() // a key held down since the form has confirmed nothing
  }
  const onClick = ({ detail }: MouseEvent) => {
    if (detail < 2) onConfirm() // the second half of a double click on what was here before
  }
  return (
    <div role="group" aria-label="Review" className="grid gap-4">
      <p className="text-figure font-semibold tracking-tight">{describeDraft(draft)}</p>
      <dl id={facts} className="grid gap-1.5 border-y border-line py-4 text-small">
        <Figure label="Type">
          {draft.type === 'limit' && limitPrice !== undefined
            ? `Limit at ${formatPrice(limitPrice)}`
            : 'Market'}
        </Figure>
        {draft.type === 'limit' && (
          <Figure label="Good">{draft.timeInForce === 'day' ? 'Today' : 'Until canceled'}</Figure>
        )}
        <Figure label={buy ? 'Estimated cost' : 'Estimated proceeds'}>
          {check.estimate === undefined ? '–' : formatMoney(check.estimate)}
        </Figure>
        {buy && check.available !== undefined && check.estimate !== undefined && (
          <Figure label="Buying power after">{formatMoney(check.available - check.estimate)}</Figure>
        )}
        <Figure label="Account">
          {paper ? <span className="text-paper">Paper, no real money</span> : 'Live, real money'}
        </Figure>
      </dl>
      {(error ?? check.orderError) && (
        <p role="alert" className="text-small text-down">
          {error ?? check.orderError}
        </p>
      )}
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-3">
        <button
          type="button"
          onClick={onBack}
          onKeyDown={onKeyDown}
          disabled={busy}
          className="h-11 rounded-lg border border-edge px-5 font-medium hover:border-accent hover:text-accent disabled:opacity-45"
        >
          Change
        </button>
        <button
          ref={confirm}
          type="button"
          aria-describedby={facts}
          onClick={onClick}
          onKeyDown={onKeyDown}
          disabled={!check.ready || busy}
          className={`button-order ${sideButton[draft.side]}`}
        >
          {busy ? 'Placing…' : describeDraft(draft)}
        </button>
      </div>
    </div>
  )
}
