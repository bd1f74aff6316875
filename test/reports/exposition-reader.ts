/** A strict reader of the text exposition format 0.0.4, written from its description; shares nothing with the writer. */

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  readonly samples: readonly ReadSample[];
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '"': '"', n: '\n' };

function labelsOf(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const [head = '', name = ''] = /^([a-zA-Z_][a-zA-Z0-9_]*)="/.exec(text.slice(at)) ?? [];
    if (head === '' || Object.hasOwn(labels, name)) throw new Error(`no label at ${at}: ${JSON.stringify(text)}`);
    at += head.length;
    let value = '';
    for (; text[at] !== '"'; at++) {
      if (at >= text.length) throw new Error(`open label: ${JSON.stringify(text)}`);
      const character = text[at] === '\\' ? ESCAPES[text[++at] ?? ''] : text[at];
      if (character === undefined) throw new Error(`no such escape: ${JSON.stringify(text)}`);
      value += character;
    }
    labels[name] = value;
    at += 1;
    if (at < text.length && text[at++] !== ',') throw new Error(`no comma at ${at}: ${JSON.stringify(text)}`);
  }
  return labels;
}

/** Reads bytes; throws on what is not UTF-8, on a series or family that comes twice, and on samples out of their family. */
export function readExposition(bytes: Uint8Array): Exposition {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed');
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples: ReadSample[] = [];
  const series = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word = '', metric = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line) ?? [];
    if (word !== '') {
      const known = word === 'HELP' ? helps : types;
      if (known.has(metric)) throw new Error(`twice: ${line}`);
      known.set(metric, rest);
      family = metric;
      continue;
    }
    const [, name = '', labels = '', value = ''] =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$/s.exec(line) ?? [];
    if (name === '' || name !== family || !types.has(name)) throw new Error(`no sample: ${JSON.stringify(line)}`);
    const sample = { name, labels: labelsOf(labels), value: Number(value) };
    const key = JSON.stringify([name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) throw new Error(`twice: ${line}`);
    series.add(key);
    samples.push(sample);
  }
  return { types, helps, samples };
}
