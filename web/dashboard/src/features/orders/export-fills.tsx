import { useMutation } from '@tanstack/react-query'
import { useDeskApi } from '../../shared/use-desk-api.tsx'

/** Saves all fills as a file. It is fetched, not linked: a page hosted elsewhere has no cookie for a link. */
export function ExportFills() {
  const api = useDeskApi()
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => save(await api.tradesFile(), 'trades.csv'),
  })
  return (
    <div className="flex items-center gap-4 text-small">
      {error && (
        <span role="alert" className="text-down">
          {error.message}
        </span>
      )}
      <button type="button" disabled={isPending} onClick={() => mutate()} className="button-quiet">
        Export fills
      </button>
    </div>
  )
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
