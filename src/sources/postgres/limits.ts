/** How long a capture waits, in milliseconds, where nobody says otherwise. */
export const STALL_MS = 300_000;
export const LOCK_TIMEOUT_MS = 10_000;
