import type { Environment, EnvironmentChange, Release } from '../core/index.ts'

/** The part of React Native's `AppState` that is used. */
export interface AppStateLike {
  /** `active`, `background`, or `inactive` while iOS is between the two. */
  readonly currentState: string | null | undefined
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void }
}

/** What `@react-native-community/netinfo` tells of the network. */
export interface NetInfoStateLike {
  /** `wifi`, `cellular`, `none` and so on. */
  readonly type: string
  /** null while it is not known. */
  readonly isConnected: boolean | null
}

/** The part of `@react-native-community/netinfo` that is used. */
export interface NetInfoLike {
  /** Calls with the present state too. */
  addEventListener(listener: (state: NetInfoStateLike) => void): () => void
}

export interface NativeModules {
  readonly appState: AppStateLike
  /** Default: the network is taken for there, and a lost one is noticed by the silence. */
  readonly netInfo?: NetInfoLike
}

/**
 * The app state and the network of a phone. In the background quotes come slowly
 * until the system stops the app; in the foreground again, and on another network,
 * the link is asked whether it is alive and replaced at once when it is not.
 */
export function nativeEnvironment({ appState, netInfo }: NativeModules): Environment {
  let online = true
  let active = appState.currentState !== 'background'
  return {
    online: () => online,
    visible: () => active,
    subscribe(notify) {
      const app = appState.addEventListener('change', (state) => {
        if (state === 'inactive') return // on its way to one of the other two
        active = state !== 'background'
        notify(active ? 'wake' : 'hidden')
      })
      const stopNetwork =
        netInfo &&
        watchNetwork(netInfo, (change) => {
          online = change !== 'offline'
          notify(change)
        })
      return () => {
        app.remove()
        stopNetwork?.()
      }
    },
  }
}

/**
 * Tells what changed since the state that the first call tells. Whether the
 * internet can be reached is not asked: the server may be in a network without.
 */
function watchNetwork(netInfo: NetInfoLike, notify: (change: EnvironmentChange) => void): Release {
  let before: NetInfoStateLike | undefined
  return netInfo.addEventListener((state) => {
    const wasOffline = before?.isConnected === false
    const isOffline = state.isConnected === false
    const otherNetwork = before !== undefined && before.type !== state.type
    before = state
    if (isOffline !== wasOffline) notify(isOffline ? 'offline' : 'online')
    else if (otherNetwork && !isOffline) notify('online') // the old link went with the old network
  })
}
