import {
  useConnection,
  usePortfolio,
  useQuote,
  useTradeNotifications,
  type TickerSymbol,
} from '@tradewind/react'
import { useState } from 'react'
import { FlatList, Text, View } from 'react-native'

/** What the account holds, at live prices. */
export function Desk() {
  const { status } = useConnection()
  const { value: portfolio, state } = usePortfolio()
  const [news, setNews] = useState('')
  useTradeNotifications((note) =>
    setNews(
      note.kind === 'executed'
        ? `Filled: ${note.trade.side} ${note.trade.quantity} ${note.trade.symbol} at ${note.trade.price}`
        : `Refused: ${note.failure.error}`,
    ),
  )
  return (
    <View>
      <Text>{status}</Text>
      <Text testID="total">
        {portfolio === undefined ? '–' : `${portfolio.totalValue} ${portfolio.currency} (${state})`}
      </Text>
      <Text testID="news">{news}</Text>
      <FlatList
        data={portfolio?.positions ?? []}
        keyExtractor={({ symbol }) => symbol}
        renderItem={({ item }) => <Holding symbol={item.symbol} quantity={item.quantity} />}
      />
    </View>
  )
}

function Holding({ symbol, quantity }: { readonly symbol: TickerSymbol; readonly quantity: number }) {
  const { value, state, age } = useQuote(symbol)
  const price = value === undefined ? '–' : `${value.price}`
  const seconds = age === undefined ? '' : `, ${age / 1000} s old`
  return <Text>{`${quantity} ${symbol} at ${price} (${state}${seconds})`}</Text>
}
