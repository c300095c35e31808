import type { Release } from './listeners.ts'

/** What the world around can tell: `wake` after sleep, or when the page or app is looked at again. */
export type EnvironmentChange = 'online' | 'offline' | 'wake'

/** Given from outside, so that the core touches neither window nor document. */
export interface Environment {
  /** False only when there is certainly no network. */
  online(): boolean
  subscribe(notify: (change: EnvironmentChange) => void): Release
}

/** Knows nothing and never changes. */
export const stillEnvironment: Environment = { online: () => true, subscribe: () => () => {} }

/** The network and visibility events of a browser tab. */
export function browserEnvironment(target: Window = window): Environment {
  return {
    online: () => target.navigator.onLine,
    subscribe(notify) {
      const online = () => notify('online')
      const offline = () => notify('offline')
      const visible = () => {
        if (target.document.visibilityState === 'visible') notify('wake')
      }
      target.addEventListener('online', online)
      target.addEventListener('offline', offline)
      target.addEventListener('pageshow', visible)
      target.document.addEventListener('visibilitychange', visible)
      return () => {
        target.removeEventListener('online', online)
        target.removeEventListener('offline', offline)
        target.removeEventListener('pageshow', visible)
        target.document.removeEventListener('visibilitychange', visible)
      }
    },
  }
}
