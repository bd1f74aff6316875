/** Dates and times as texts. Which moment they mean is told by whoever has a clock to hold them against. */
import { isDateTime } from '../core/instant.ts';

/** Date and time with its offset (RFC 3339), of a day that there is: the reading of the whole program. */
export const isTimestamp: (text: string) => boolean = isDateTime;
