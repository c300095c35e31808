import type { ReactNode } from 'react'
import { toggleSort, type SortKey, type Sorting } from './position-sort.ts'

export interface SortHeaderProps {
  readonly by: SortKey
  readonly sorting: Sorting
  readonly onSort: (sorting: Sorting) => void
  readonly className?: string
  readonly children: ReactNode
}

/** The head of a column, which sorts the table by it. */
export function SortHeader({ by, sorting, onSort, className = '', children }: SortHeaderProps) {
  const chosen = sorting.key === by
  const direction = sorting.descending ? 'descending' : 'ascending'
  return (
    <th scope="col" aria-sort={chosen ? direction : undefined} className={className}>
      <button
        type="button"
        onClick={() => onSort(toggleSort(sorting, by))}
        className={`relative hover:text-text ${chosen ? 'font-semibold text-text' : ''}`}
      >
        {children}
        <span aria-hidden="true" className="absolute left-full ml-0.5 text-[8px]">
          {chosen && (sorting.descending ? '▼' : '▲')}
        </span>
      </button>
    </th>
  )
}
