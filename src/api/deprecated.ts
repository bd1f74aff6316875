/** What functions were called until there was one for each verb. All of this goes with the next release. */
import type { ContinuityReport } from '../core/report/report.ts';
import { formatNamed as textFormat } from '../reports/index.ts';
import { renderPdf as drawPdf } from '../reports/pdf.ts';
import { captureSnapshot as capture } from './capture-snapshot.ts';
import { compare, verifyRoots } from './compare.ts';
import { crossCheck } from './cross-check.ts';
import { sign, verifySignature } from './on-demand-trust.ts';

/** @deprecated Use `compare`. */
export const compareSnapshots: typeof compare = compare;

/** @deprecated Use `verifyRoots`. */
export const compareWithRoots: typeof verifyRoots = verifyRoots;

/** @deprecated Use `verifyAll`, to which the path is the option `output`, and `roots` is `includeMerkleRoots`. */
export const captureSnapshot: typeof capture = capture;

/** @deprecated Use `crossCheck`. */
export const crossCheckSnapshot: typeof crossCheck = crossCheck;

/** @deprecated Use `sign`. */
export const signSnapshot: typeof sign = sign;

/** @deprecated Use `verifySignature`. */
export const verifySnapshotSignature: typeof verifySignature = verifySignature;

/** @deprecated Use `renderReport`. */
export const formatNamed: typeof textFormat = textFormat;

/** @deprecated Use `renderReport(report, 'pdf')`. */
export const renderPdf: (report: ContinuityReport) => Promise<Uint8Array> = drawPdf;
