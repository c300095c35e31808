import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { restoreTheme } from '../shared/theme.ts'
import { App } from './app.tsx'
import { Notices } from './notices.tsx'
import './styles.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element #root')

restoreTheme()

const cache = new QueryClient({
  defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 2 } },
})

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <App />
      <Notices />
    </QueryClientProvider>
  </StrictMode>,
)
