/** Dates and times as texts. Which moment they mean is told by whoever has a clock to hold them against. */

/** Date and time with its offset (RFC 3339), of a day that there is. */
export function isTimestamp(text: string): boolean {
  const form = /^\d{4}-(\d{2})-(\d{2})T(\d{2}):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (form === null || form[3] === '24' || Number.isNaN(Date.parse(text))) return false;
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), Number(form[1]), 0)).getUTCDate();
  return Number(form[2]) <= days;
}
