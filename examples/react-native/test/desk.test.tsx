import { expect, it } from '@jest/globals'
import { act, render, screen } from '@testing-library/react-native'
import { TradewindProvider } from '@tradewind/react'
import { newFixture } from '../../../web/packages/hooks/test/fixture'
import { executed, portfolio, quote } from '../../../web/packages/hooks/test/samples'
import { Desk } from '../src/desk'

it('shows a live portfolio, its quotes and a fill', async () => {
  const { client, socket, pass } = newFixture()
  const push = (event: string, payload: unknown) =>
    act(() => {
      socket.push(event, payload)
      return pass(16)
    })
  render(
    <TradewindProvider client={client}>
      <Desk />
    </TradewindProvider>,
  )
  expect(screen.getByText('connecting')).toBeTruthy()
  act(() => socket.accept())
  await push('portfolio:update', portfolio())
  expect(screen.getByText('99890 USD (live)')).toBeTruthy()
  await push('quote:update', quote({ price: 190 }))
  expect(screen.getByText('10 AAPL at 190 (live, 0 s old)')).toBeTruthy()
  await push('trade:executed', executed())
  expect(screen.getByText('Filled: buy 10 AAPL at 189')).toBeTruthy()
})
