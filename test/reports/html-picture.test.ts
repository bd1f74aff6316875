import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftOutOf, pictureOf, ticksFor } from '../../src/reports/html-picture.ts';
import * as sample from './sample-report.ts';

function tenantOf(name: string, baseline: number, current: number) {
  const side = (size: number) => ({ size, root: null, head: null });
  return sample.tenant({
    tenant: name,
    streams: [
      sample.stream({ baseline: side(baseline), current: side(current) }),
      sample.stream({ baseline: null, current: side(0) }),
    ],
  });
}

describe('the picture of counts', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [4, [0, 1, 2, 3, 4]],
    [5, [0, 2, 4, 6]],
    [17, [0, 5, 10, 15, 20]],
    [99_999, [0, 50_000, 100_000]],
  ])('has a scale for %i records', (largest, ticks) => {
    expect(ticksFor(largest)).toEqual(ticks);
  });

  it('has a scale of few equal steps that holds every count', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), (largest) => {
        const ticks = ticksFor(largest);
        const step = ticks[1] ?? 0;
        expect(ticks).toEqual(ticks.map((_, at) => at * step));
        expect(ticks.length).toBeLessThanOrEqual(5);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(largest);
        expect((ticks.at(-2) ?? 0) < largest || largest === 0).toBe(true);
      }),
    );
  });

  it('shows the largest tenants by either side, and says what it leaves out', () => {
    const tenants = [tenantOf('a', 1, 2), tenantOf('b', 9, 0), tenantOf('c', 3, 8), tenantOf('d', 1, 1)];
    const picture = pictureOf(tenants, 2);
    expect(picture.bars.map(({ tenant, baseline, current }) => [tenant, baseline, current])).toEqual([
      ['b', 9, 0],
      ['c', 3, 8],
    ]);
    expect(picture.leftOut).toEqual({ tenants: 2, baseline: 2, current: 3 });
    expect(leftOutOf(picture)).toContain('Left out: 2 tenants with 2 records before and 3 after');
    expect(leftOutOf(pictureOf(tenants))).toBe('');
  });
});
