import { TradewindProvider, type Tradewind } from '@tradewind/react'
import { useState } from 'react'
import { Button, SafeAreaView, Text } from 'react-native'
import { signIn } from './client'
import { Desk } from './desk'

export function App() {
  const [client, setClient] = useState<Tradewind>()
  const [error, setError] = useState('')
  const enter = () => signIn('demo', 'demo').then(setClient, (refusal: unknown) => setError(String(refusal)))
  return (
    <SafeAreaView>
      {client === undefined ? (
        <>
          <Button title="Sign in as demo" onPress={() => void enter()} />
          <Text>{error}</Text>
        </>
      ) : (
        <TradewindProvider client={client}>
          <Desk />
        </TradewindProvider>
      )}
    </SafeAreaView>
  )
}
