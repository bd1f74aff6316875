/** Numbers as Prometheus writes them. */

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

const NAMED: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Inf', Number.POSITIVE_INFINITY],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

/** The number that `text` is; undefined if it is none. */
export function prometheusNumber(text: string): number | undefined {
  return NAMED.get(text) ?? (DECIMAL.test(text) ? Number(text) : undefined);
}
