/** Where the server is, if not where the page came from: set at build time by VITE_WS_URL. */
export function serverUrl(): string | undefined {
  const configured: unknown = import.meta.env['VITE_WS_URL']
  if (configured === undefined || configured === '') return undefined
  if (typeof configured === 'string' && /^https?:\/\//.test(configured)) return configured.replace(/\/+$/, '')
  throw new Error(
    `VITE_WS_URL is ${JSON.stringify(configured)}: it must be an address that begins with http:// or https://`,
  )
}
