import NetInfo from '@react-native-community/netinfo'
import { Api, createTradewind, type Tradewind } from '@tradewind/react'
import { nativeEnvironment } from '@tradewind/react/native'
import { AppState, Platform } from 'react-native'

/** Android's emulator knows the computer that it runs on by another name. */
const url = Platform.OS === 'android' ? 'http://10.0.2.2:5000' : 'http://localhost:5000'

export async function signIn(username: string, password: string): Promise<Tradewind> {
  const { sessionID } = await new Api({ url }).login(username, password)
  return createTradewind({
    url,
    credentials: () => ({ sessionID }),
    environment: nativeEnvironment({ appState: AppState, netInfo: NetInfo }),
  })
}
