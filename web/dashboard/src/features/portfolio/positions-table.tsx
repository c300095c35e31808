import { usePortfolio, type Position, type TickerSymbol } from '@tradewind/react'
import { useState } from 'react'
import { Empty, Panel } from '../../shared/panel.tsx'
import { PositionRow } from './position-row.tsx'
import { bySymbol, sortPositions } from './position-sort.ts'
import { SortHeader } from './sort-header.tsx'

export interface PositionsTableProps {
  /** The user wants to trade this one. */
  readonly onSelect: (symbol: TickerSymbol) => void
}

/** What the account holds, at current prices. */
export function PositionsTable({ onSelect }: PositionsTableProps) {
  const { value: portfolio } = usePortfolio()
  const positions = portfolio?.positions ?? []
  return (
    <Panel
      title="Positions"
      aside={positions.length > 0 && <span className="text-small text-muted">{positions.length}</span>}
    >
      {positions.length === 0 ? (
        <Empty>{portfolio ? 'No positions yet. Find a symbol and place a first order.' : 'Loading…'}</Empty>
      ) : (
        <Table positions={positions} onSelect={onSelect} />
      )}
    </Panel>
  )
}

interface TableProps extends PositionsTableProps {
  readonly positions: readonly Position[]
}

function Table({ positions, onSelect }: TableProps) {
  const [sorting, onSort] = useState(bySymbol)
  const sort = { sorting, onSort }
  return (
    <div className="pb-2">
      <table className="w-full text-right">
        <thead className="text-micro text-muted">
          <tr className="border-b border-line *:px-3 *:pb-2 *:font-normal *:first:pl-5 *:last:pr-5">
            <SortHeader by="symbol" {...sort} className="text-left">
              Symbol
            </SortHeader>
            <th scope="col" className="text-left max-md:hidden">
              Last minute
            </th>
            <SortHeader by="quantity" {...sort} className="max-sm:hidden">
              Quantity
            </SortHeader>
            <SortHeader by="avgPrice" {...sort} className="max-lg:hidden">
              Average price
            </SortHeader>
            <SortHeader by="price" {...sort}>
              Price
            </SortHeader>
            <SortHeader by="marketValue" {...sort} className="max-sm:hidden">
              Value
            </SortHeader>
            <SortHeader by="dayChange" {...sort} className="max-md:hidden">
              Today
            </SortHeader>
            <SortHeader by="unrealizedPnl" {...sort}>
              Profit or loss
            </SortHeader>
          </tr>
        </thead>
        <tbody>
          {sortPositions(positions, sorting).map((position) => (
            <PositionRow key={position.symbol} position={position} onSelect={onSelect} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
