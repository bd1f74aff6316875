import type { Finding } from '../report/report.ts';

/** A fault of an input that no record of it shows: a file of a bundle that is missing, changed or too many. */
export type InputFault = Pick<Finding, 'kind' | 'message' | 'tenant' | 'stream' | 'id' | 'seq'>;

export type TellFault = (fault: InputFault) => void;
