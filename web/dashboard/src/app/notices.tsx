import { Toaster } from 'sonner'
import { useTheme } from '../shared/theme.ts'

/** Above the tabs of a phone. */
const PHONE_OFFSET = { bottom: 84, left: 16, right: 16 }

/** Where toasts appear, in the colours of the desk. */
export function Notices() {
  return (
    <Toaster
      theme={useTheme()}
      position="bottom-right"
      offset={24}
      mobileOffset={PHONE_OFFSET}
      visibleToasts={4}
      closeButton
      className="notices"
      containerAriaLabel="Trade notifications"
    />
  )
}
