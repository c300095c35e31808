import { describe, expect, it } from 'vitest'
import { browserEnvironment, createTradewind, type EnvironmentChange } from '../../src/core/index.ts'

/** As much of a window as the environment listens to. */
function newWindow() {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  return Object.assign(new EventTarget(), { navigator: { onLine: true }, document })
}

describe('browserEnvironment', () => {
  it('tells of the network and of who looks', () => {
    const target = newWindow()
    const environment = browserEnvironment(target as unknown as Window)
    const changes: EnvironmentChange[] = []
    const stop = environment.subscribe((change) => changes.push(change))
    const look = (visibilityState: string) => {
      target.document.visibilityState = visibilityState
      target.document.dispatchEvent(new Event('visibilitychange'))
    }
    target.dispatchEvent(new Event('offline'))
    target.dispatchEvent(new Event('online'))
    look('hidden')
    expect(environment.visible?.()).toBe(false)
    look('visible')
    target.dispatchEvent(new Event('pageshow')) // out of the back-forward cache
    expect(changes).toEqual(['offline', 'online', 'hidden', 'wake', 'wake'])
    expect([environment.visible?.(), environment.online()]).toEqual([true, true])
    stop()
    look('hidden')
    target.dispatchEvent(new Event('offline'))
    target.dispatchEvent(new Event('online'))
    expect(changes).toHaveLength(5)
  })
})

describe('createTradewind', () => {
  it('says what is missing where no page tells the address', () => {
    expect(() => createTradewind()).toThrow('createTradewind({ url }) needs it')
  })
})
