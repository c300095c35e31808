import type { ComponentType, ReactElement, ReactNode } from 'react'
import { act, create, type ReactTestRenderer } from 'react-test-renderer'
import { afterEach } from 'vitest'

/**
 * What the tests use of @testing-library/react, on the renderer that Testing
 * Library for React Native uses. It needs neither a document nor React Native.
 */
export { act }

interface RenderOptions {
  readonly wrapper?: ComponentType<{ readonly children: ReactNode }>
}

const mounted = new Set<ReactTestRenderer>()

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

afterEach(() => {
  for (const renderer of mounted) act(() => renderer.unmount())
  mounted.clear()
})

export function render(element: ReactElement, { wrapper: Wrapper }: RenderOptions = {}) {
  const wrapped = (inner: ReactElement) => (Wrapper ? <Wrapper>{inner}</Wrapper> : inner)
  let renderer!: ReactTestRenderer
  act(() => {
    renderer = create(wrapped(element))
  })
  mounted.add(renderer)
  return {
    rerender: (next: ReactElement) => act(() => renderer.update(wrapped(next))),
    unmount() {
      mounted.delete(renderer)
      act(() => renderer.unmount())
    },
  }
}

export function renderHook<Result, Props>(
  useHook: (props: Props) => Result,
  { initialProps, ...options }: RenderOptions & { readonly initialProps?: Props } = {},
) {
  const result = {} as { current: Result }
  const Probe = ({ props }: { readonly props: Props }) => {
    result.current = useHook(props)
    return null
  }
  const { rerender, unmount } = render(<Probe props={initialProps as Props} />, options)
  return { result, unmount, rerender: (props: Props) => rerender(<Probe props={props} />) }
}
