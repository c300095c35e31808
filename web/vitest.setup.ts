import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

// jsdom has no media queries; a component finds none that matches.
window.matchMedia = (media) =>
  Object.assign(new EventTarget(), { media, matches: false, onchange: null }) as MediaQueryList

afterEach(cleanup)
