/** CPU time by the number of records, one line a tool, both axes logarithmic: a picture that any browser draws. */
import type { Row } from './row.ts';

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 150;
const TOP = 20;
const BOTTOM = 50;
/** Between the names at the ends of lines, so that none lies on another. */
const NAME_HEIGHT = 15;
const COLOURS = ['#0b5fff', '#444444', '#8a6d00', '#00724c', '#b3261e', '#7a3e9d', '#a0522d', '#006d8f', '#5b5b00'];

interface Scale {
  readonly least: number;
  readonly most: number;
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Whole powers of ten around `values`, spread from `from` to `to` pixels. */
function scaleOf(values: readonly number[], from: number, to: number): Scale {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    least,
    most,
    at: (value) => from + ((Math.log10(value) - least) / (most - least)) * (to - from),
    ticks: Array.from({ length: most - least + 1 }, (_, at) => 10 ** (least + at)),
  };
}

const px = (value: number): string => value.toFixed(1);
const text = (x: number, y: number, anchor: string, words: string, fill = '#222222'): string =>
  `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" fill="${fill}">${words}</text>`;
const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="#dddddd"/>`;

function axes(x: Scale, y: Scale): readonly string[] {
  const vertical = x.ticks.flatMap((tick) => [
    line(x.at(tick), TOP, x.at(tick), HEIGHT - BOTTOM),
    text(x.at(tick), HEIGHT - BOTTOM + 18, 'middle', tick.toLocaleString('en-US')),
  ]);
  const horizontal = y.ticks.flatMap((tick) => [
    line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick)),
    text(LEFT - 8, y.at(tick) + 4, 'end', `${tick.toLocaleString('en-US')} s`),
  ]);
  return [...vertical, ...horizontal, text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'middle', 'record pairs')];
}

/** Where the names go: each at the end of its line, or as far below the one before it as it must. */
function namePlaces(ends: readonly number[]): readonly number[] {
  const places = new Array<number>(ends.length).fill(0);
  let free = -Infinity;
  for (const { end, index } of ends.map((end, index) => ({ end, index })).toSorted((a, b) => a.end - b.end)) {
    free = Math.max(free + NAME_HEIGHT, end);
    places[index] = free;
  }
  return places;
}

/** @param rows - those of the comparison `canonical` are drawn */
export function pictureOf(rows: readonly Row[]): string {
  const drawn = rows.filter(({ comparison }) => comparison === 'canonical');
  const tools = [...new Set(drawn.map(({ tool }) => tool))];
  const x = scaleOf(
    drawn.map(({ recordPairs }) => recordPairs),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scaleOf(
    drawn.map(({ cpuMs }) => cpuMs / 1000),
    HEIGHT - BOTTOM,
    TOP,
  );
  const lines = tools.map((tool) =>
    drawn
      .filter((row) => row.tool === tool)
      .toSorted((a, b) => a.recordPairs - b.recordPairs)
      .map(({ recordPairs, cpuMs }) => [x.at(recordPairs), y.at(cpuMs / 1000)] as const),
  );
  const ends = lines.map((points) => points.at(-1)?.[1] ?? 0);
  const places = namePlaces(ends);
  const curves = lines.flatMap((points, at) => {
    const colour = COLOURS[at % COLOURS.length] as string;
    const path = points.map(([px1, py1]) => `${px(px1)},${px(py1)}`).join(' ');
    const dots = points.map(([px1, py1]) => `<circle cx="${px(px1)}" cy="${px(py1)}" r="3" fill="${colour}"/>`);
    const width = tools[at] === 'evidence-diff' ? 3 : 1.5;
    const last = points.at(-1)?.[0] ?? 0;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`,
      ...dots,
      text(last + 8, (places[at] ?? 0) + 4, 'start', tools[at] ?? '', colour),
    ];
  });
  const title = '<title>CPU time by the number of record pairs, both axes logarithmic</title>';
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`;
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`;
  return `${[open, title, ground, ...axes(x, y), ...curves, '</svg>'].join('\n')}\n`;
}
