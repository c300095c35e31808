import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// jsdom has no media queries; a component finds none that matches.
window.matchMedia = (media) =>
  Object.assign(new EventTarget(), { media, matches: false, onchange: null }) as MediaQueryList

// Nor does it capture pointers, which a toast does while it is pressed.
Element.prototype.setPointerCapture = () => {}

configure({ asyncUtilTimeout: 5_000 })

afterEach(cleanup)
