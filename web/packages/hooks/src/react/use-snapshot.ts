import { useCallback, useSyncExternalStore } from 'react'
import type { Release } from '../core/index.ts'

/** Something that lives outside React and says when it changed. */
interface Store<T> {
  subscribe(notify: () => void): Release
  latest(): T
}

/** What a store holds now; renders when that changes. On a server: what it holds at the start. */
export function useSnapshot<T>(store: Store<T>): T {
  return useSubscribed(
    useCallback((notify: () => void) => store.subscribe(notify), [store]),
    () => store.latest(),
  )
}

/** The same where one store holds many things. `subscribe` must not change from render to render. */
export function useSubscribed<T>(subscribe: (notify: () => void) => Release, latest: () => T): T {
  return useSyncExternalStore(subscribe, latest, latest)
}
