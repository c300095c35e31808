import { createContext, useContext } from 'react'
import type { DeskApi } from './desk-api.ts'

const DeskApiContext = createContext<DeskApi | undefined>(undefined)

/** Hands the dashboard's own requests to the pages below it. */
export const DeskApiProvider = DeskApiContext

export function useDeskApi(): DeskApi {
  const api = useContext(DeskApiContext)
  if (api === undefined) throw new Error('No DeskApi here: wrap the component in <DeskApiProvider value={…}>')
  return api
}
