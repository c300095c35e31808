import { CURSOR_KEY, type KeyValueStorage } from '../core/index.ts'

/** The part of `@react-native-async-storage/async-storage` that is used. */
export interface AsyncStorageLike {
  getItem(key: string): Promise<string | null>
  setItem(key: string, value: string): Promise<unknown>
  removeItem(key: string): Promise<unknown>
}

/**
 * A storage for createTradewind on an asynchronous one: read before the client is
 * made, written behind it. A write that fails costs the replay after a restart of
 * the app, nothing else.
 */
export async function nativeStorage(storage: AsyncStorageLike): Promise<KeyValueStorage> {
  const items = new Map<string, string>()
  const kept = await storage.getItem(CURSOR_KEY).catch(() => null)
  if (kept !== null) items.set(CURSOR_KEY, kept)
  let writing: Promise<unknown> = Promise.resolve()
  const inOrder = (write: () => Promise<unknown>) => {
    writing = writing.then(write).catch(() => {})
  }
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      items.set(key, value)
      inOrder(() => storage.setItem(key, value))
    },
    removeItem(key) {
      items.delete(key)
      inOrder(() => storage.removeItem(key))
    },
  }
}
