/** The mark and the name. */
export function Logo() {
  return (
    <span className="flex items-center gap-2.5 text-lead font-semibold tracking-tight">
      <svg
        aria-hidden="true"
        viewBox="0 0 32 32"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.75"
        strokeLinecap="round"
        className="size-6 text-accent"
      >
        <path d="M4 12h15a4.5 4.5 0 1 0-4.4-5.5" />
        <path d="M4 18.5h21a3.9 3.9 0 1 1-3.8 4.8" />
        <path d="M4 25h9" />
      </svg>
      Tradewind
    </span>
  )
}
