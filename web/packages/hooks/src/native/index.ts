/**
 * What a React Native app gives to a client: its app state, its network and its
 * storage. Nothing here imports React Native; the app hands its modules in.
 */
export {
  nativeEnvironment,
  type AppStateLike,
  type NativeModules,
  type NetInfoLike,
  type NetInfoStateLike,
} from './native-environment.ts'
export { nativeStorage, type AsyncStorageLike } from './native-storage.ts'
