import type { Release } from './listeners.ts'

/**
 * What the world around can tell: `wake` after sleep, or when the page or app is
 * looked at again; `hidden` when it is not looked at any more.
 */
export type EnvironmentChange = 'online' | 'offline' | 'wake' | 'hidden'

/** Given from outside, so that the core touches neither window nor document. */
export interface Environment {
  /** False only when there is certainly no network. */
  online(): boolean
  /** False while nobody looks; default: always looked at. */
  visible?(): boolean
  /** Several parts of a client subscribe, each while it is connected. */
  subscribe(notify: (change: EnvironmentChange) => void): Release
}

/** Knows nothing and never changes. */
export const stillEnvironment: Environment = { online: () => true, subscribe: () => () => {} }

/** The network and visibility events of a browser tab. */
export function browserEnvironment(target: Window = window): Environment {
  const visible = () => target.document.visibilityState === 'visible'
  return {
    online: () => target.navigator.onLine,
    visible,
    subscribe(notify) {
      const online = () => notify('online')
      const offline = () => notify('offline')
      const looked = () => notify(visible() ? 'wake' : 'hidden')
      target.addEventListener('online', online)
      target.addEventListener('offline', offline)
      target.addEventListener('pageshow', looked)
      target.document.addEventListener('visibilitychange', looked)
      return () => {
        target.removeEventListener('online', online)
        target.removeEventListener('offline', offline)
        target.removeEventListener('pageshow', looked)
        target.document.removeEventListener('visibilitychange', looked)
      }
    },
  }
}
