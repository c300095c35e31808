import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// jsdom has no media queries; a component finds none that matches.
window.matchMedia = (media) =>
  Object.assign(new EventTarget(), { media, matches: false, onchange: null }) as MediaQueryList

configure({ asyncUtilTimeout: 5_000 })

afterEach(cleanup)
