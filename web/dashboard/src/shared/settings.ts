import type { ServerTime } from '@tradewind/react'
import { useMutation, useMutationState, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { readTheme, type Theme } from './theme.ts'
import { useDeskApi } from './use-desk-api.tsx'

/** How a user likes the desk: kept on the server, so that it is the same on every device. */
export interface Settings {
  readonly theme: Theme
  /** Orders are shown once more before they are sent. */
  readonly review: boolean
  /** Single keys do something. */
  readonly keys: boolean
  readonly sounds: boolean
  /** 0 to 1. */
  readonly volume: number
  /** What happened up to here has been looked at. */
  readonly seenAt: ServerTime
}

type Stored = Readonly<Record<string, unknown>>

const KEY = ['settings']
/** Another device may have changed them; asked again when the user comes back to the page. */
const FRESH_MS = 30_000

/** Reads what is stored; what is missing or strange becomes the default. */
export function readSettings(stored: Stored = {}): Settings {
  const { theme, review, keys, sounds, volume, seenAt } = stored
  return {
    theme: readTheme(theme),
    review: review !== false,
    keys: keys !== false,
    sounds: sounds === true,
    volume: typeof volume === 'number' ? Math.min(1, Math.max(0, volume)) : 0.5,
    seenAt: typeof seenAt === 'number' ? seenAt : 0,
  }
}

export interface SettingsWithActions {
  readonly settings: Settings
  /** They are the user's, not the defaults, and can be changed. */
  readonly ready: boolean
  readonly error: Error | null
  readonly change: (edit: Partial<Settings>) => void
}

/** A change shows at once and goes back if the server refuses it. */
export function useSettings(): SettingsWithActions {
  const api = useDeskApi()
  const cache = useQueryClient()
  const query = useQuery({
    queryKey: KEY,
    queryFn: () => api.settings(),
    staleTime: FRESH_MS,
    refetchOnWindowFocus: true,
  })
  const { mutate } = useMutation({
    mutationKey: KEY,
    // One after the other, each with what they are by then. Fields of other programs stay.
    scope: { id: 'settings' },
    mutationFn: () => api.saveSettings(cache.getQueryData<Stored>(KEY) ?? {}),
    onError: () => cache.invalidateQueries({ queryKey: KEY }),
  })
  // Of whichever part of the page saved last.
  const saves = useMutationState({ filters: { mutationKey: KEY }, select: ({ state }) => state.error })
  const change = useCallback(
    (edit: Partial<Settings>) => {
      const before = cache.getQueryData<Stored>(KEY)
      if (!before) return // not loaded: saving now would lose what is there
      void cache.cancelQueries({ queryKey: KEY })
      cache.setQueryData(KEY, { ...before, ...edit })
      mutate()
    },
    [cache, mutate],
  )
  const settings = useMemo(() => readSettings(query.data), [query.data])
  return { settings, ready: query.data !== undefined, error: saves.at(-1) ?? query.error, change }
}
