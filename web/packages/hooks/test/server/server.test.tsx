import { renderToString } from 'react-dom/server'
import { expect, it } from 'vitest'
import { TradewindProvider, useConnection, usePortfolio, useQuote } from '../../src/react/index.ts'
import { newFixture } from '../fixture.ts'

it('a page that is rendered on a server connects to nothing and waits for everything', () => {
  const { client, socket } = newFixture()
  const Page = () => <>{`${useConnection().status} ${useQuote('AAPL').state} ${usePortfolio().state}`}</>
  const html = renderToString(
    <TradewindProvider client={client}>
      <Page />
    </TradewindProvider>,
  )
  expect(html).toBe('idle waiting waiting')
  expect(socket.connects).toBe(0)
})
