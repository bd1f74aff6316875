/** G01 to G07: whatever is changed in a bundle is found, named, and never a PASS. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { WholeFileReader } from '../../src/bundle/checksums.ts';
import { BundleSource } from '../../src/bundle/source.ts';
import { auditSource } from '../../src/engine/audit-run.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { auditSnapshot } from '../../src/index.ts';
import { bundleOf, changed, filesOf, resealed, restated, verified } from '../bundles.ts';
import { put } from '../faults/files.ts';
import { runs } from '../long.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, referenceCanonical, referenceLeaf, sha256 } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const STORE = [
  {
    tenant: 'acme',
    stream: 'a',
    id: 'with attrs',
    type: 't',
    attrs: { bodyDigest: 'sha256:x', ß: 'é' },
    body: { x: 1 },
  },
  ...bundles(3),
  ...chained(bodies(4)),
  ...bundles(2, { tenant: 'globex', stream: 'x' }),
];
const good = join(folder, 'good');
/** The same, with a proof of every record. */
const proven = join(folder, 'proven');
let files: readonly string[] = [];
let bodyFiles: readonly string[] = [];
let proofFiles: readonly string[] = [];

beforeAll(async () => {
  const source = put(
    folder,
    'store.ndjson',
    ndjson(STORE, { chains: LEDGER_RULE, header: { capturedAt: '2027-03-01T10:00:00Z' } }),
  );
  await bundleOf(source, good);
  files = filesOf(good);
  bodyFiles = files.filter((path) => path.startsWith('bodies/'));
  await bundleOf(source, proven, { includeProofs: true });
  proofFiles = filesOf(proven).filter((path) => path.startsWith('proofs/'));
});

let copies = 0;
const tampered = (change: (copy: string) => void, from = good): string =>
  changed(from, join(folder, `copy-${++copies}`), change);

/** The change is found, makes the exit code `verdict`, and the text names `name`. */
async function expectFound(change: (copy: string) => void, name: string, verdict = 'FAIL', from = good): Promise<void> {
  const copy = tampered(change, from);
  const { audit, told } = await verified(copy);
  expect([name, audit.verdict], told).toEqual([name, verdict]);
  expect(told).toContain(name);
  const asSource = await auditSnapshot(copy);
  expect([asSource.verdict, asSource.findingCounts]).toEqual([audit.verdict, audit.findingCounts]);
  rmSync(copy, { recursive: true, force: true });
}

describe('a bundle that nobody changed', () => {
  it('passes, also as a copy, through a link to it, with other modes, and as hard links', async () => {
    expect((await verified(good)).audit).toMatchObject({
      verdict: 'PASS',
      findings: [],
      summary: { records: STORE.length },
    });
    expect((await verified(tampered(() => undefined))).audit.verdict).toBe('PASS');
    symlinkSync(good, join(folder, 'link'));
    expect((await verified(join(folder, 'link'))).audit.verdict).toBe('PASS');
    const otherwise = tampered((copy) => {
      for (const path of files) chmodSync(join(copy, path), 0o400);
    });
    expect((await verified(otherwise)).audit.verdict).toBe('PASS');
    const [body = ''] = bodyFiles;
    linkSync(join(otherwise, body), join(folder, 'hard'));
    expect((await verified(otherwise)).audit.verdict).toBe('PASS');
  });

  it('is identified by the digest of its manifest', async () => {
    expect((await verified(good)).audit.sha256).toBe(sha256(readFileSync(join(good, 'manifest.json'))));
  });
});

function swap(path: string, other: string): void {
  renameSync(path, `${path}.x`);
  renameSync(other, path);
  renameSync(`${path}.x`, other);
}

describe('every file of a bundle', () => {
  const all = (): readonly (readonly [bundle: string, path: string])[] => [
    ...files.map((path) => [good, path] as const),
    ...proofFiles.map((path) => [proven, path] as const),
  ];
  const each = async (change: (path: string) => void): Promise<void> => {
    for (const [from, path] of all()) {
      await expectFound((copy) => change(join(copy, path)), basename(path), 'FAIL', from);
    }
  };

  it('deleted', () => each((path) => rmSync(path)));
  it('renamed', () => each((path) => renameSync(path, `${path}.old`)));
  it('emptied', async () => {
    for (const [from, path] of all()) {
      // A manifest that is no JSON and a snapshot that ends early are what a reader cannot read; the rest is seen too.
      const verdict = path === 'manifest.json' ? 'INCOMPLETE' : 'FAIL';
      await expectFound((copy) => truncateSync(join(copy, path)), basename(path), verdict, from);
    }
  });
  it('with a byte more at its end', () => each((path) => appendFileSync(path, '\n')));
  it('G01: replaced by a link to the same bytes, inside or outside', () =>
    each((path) => {
      const away = `${path}.away`;
      renameSync(path, away);
      renameSync(away, join(folder, 'away'));
      symlinkSync(join(folder, 'away'), path);
    }));
  it('G05: replaced by a pipe', () =>
    each((path) => {
      rmSync(path);
      execFileSync('mkfifo', [path]);
    }));
  it('G05: replaced by a folder', () =>
    each((path) => {
      rmSync(path);
      mkdirSync(path);
    }));
  it('copied beside itself', () => each((path) => copyFileSync(path, `${path}~`)));

  it('with any one byte changed', async () => {
    const step = runs(37, 1, 293);
    const copies = new Map([good, proven].map((from) => [from, tampered(() => undefined, from)]));
    let tried = 0;
    for (const [from, path] of all()) {
      const copy = copies.get(from) ?? '';
      const bytes = readFileSync(join(from, path));
      for (let at = 0; at < bytes.length; at += step) {
        const edited = Buffer.from(bytes);
        edited[at] = (edited[at] ?? 0) ^ 0x01;
        writeFileSync(join(copy, path), edited);
        const { audit, told } = await verified(copy);
        expect(['FAIL', 'INCOMPLETE'], `${path} byte ${at}`).toContain(audit.verdict);
        expect(told, `${path} byte ${at}`).toContain(basename(path));
        tried++;
      }
      writeFileSync(join(copy, path), bytes);
    }
    expect(tried).toBeGreaterThan(runs(50, 50, 6));
  });

  it('swapped with another', async () => {
    for (const [from, some] of [
      [good, bodyFiles],
      [proven, proofFiles],
    ] as const) {
      for (const [at, path] of some.entries()) {
        const other = some[(at + 1) % some.length] ?? '';
        await expectFound((copy) => swap(join(copy, path), join(copy, other)), basename(path), 'FAIL', from);
      }
    }
  });
});

describe('what does not belong to a bundle', () => {
  const digest = sha256('{}');
  const extra = join('bodies', digest.slice(0, 2), `${digest.slice(2)}.json`);
  const add = (copy: string, path: string): void => {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), '{}');
  };

  it('a body that no record needs', () => expectFound((copy) => add(copy, extra), extra));
  it('a body that no record needs, listed and counted', () =>
    expectFound((copy) => {
      add(copy, extra);
      resealed(copy);
    }, `${extra}: no record needs this body`));

  it.each([
    ['notes.txt', 'notes.txt'],
    ['.hidden', '.hidden'],
    ['MANIFEST.JSON', 'MANIFEST.JSON'],
    ['SHA256SUMS.asc', 'SHA256SUMS.asc'],
    ['bodies/readme', 'bodies/readme'],
    ['bodies/AB/x', 'bodies/AB'],
    ['bodies/00/nested/x', 'bodies/00/nested'],
    ['bodies/00/..json', 'bodies/00/..json'],
    ['sub\\..\\x', 'sub\\..\\x'],
  ])('G04: %s', (path, named) => expectFound((copy) => add(copy, path), named));

  it('G04: the same body under a name in upper case, and NFC beside NFD', async () => {
    const [body = ''] = bodyFiles;
    const upper = join(dirname(body), basename(body).toUpperCase());
    await expectFound((copy) => copyFileSync(join(copy, body), join(copy, upper)), upper);
    await expectFound((copy) => {
      add(copy, 'é');
      add(copy, 'e\u0301');
    }, 'e\u0301');
  });

  it('G04: a name that is no UTF-8', () =>
    expectFound((copy) => {
      writeFileSync(Buffer.concat([Buffer.from(`${copy}/a`), Buffer.of(0xff, 0xfe)]), 'x');
    }, 'a\\xff\\xfe is a file that does not belong'));

  it('an empty folder', async () => {
    await expectFound((copy) => mkdirSync(join(copy, 'empty')), 'empty is a folder');
    await expectFound((copy) => mkdirSync(join(copy, 'bodies', 'zz')), 'bodies/zz');
    const fans = new Set(bodyFiles.map((path) => path.split('/')[1]));
    const free = ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09', '0a', '0b'].find((fan) => !fans.has(fan));
    await expectFound((copy) => mkdirSync(join(copy, 'bodies', free ?? '')), `bodies/${free} is an empty folder`);
  });

  it('G01: a link, a socket, a folder of bodies that is a link', async () => {
    await expectFound((copy) => symlinkSync('/etc/passwd', join(copy, 'passwd')), 'passwd is a symbolic link');
    await expectFound((copy) => {
      cpSync(join(copy, 'bodies'), join(folder, 'elsewhere'), { recursive: true });
      rmSync(join(copy, 'bodies'), { recursive: true });
      symlinkSync(join(folder, 'elsewhere'), join(copy, 'bodies'));
    }, 'bodies is a symbolic link');
    const copy = tampered(() => undefined);
    const server = createServer().listen(join(copy, 's'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect((await verified(copy)).told).toContain('s is a pipe, device or socket');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a bundle that was sealed again', () => {
  const edit = (copy: string, change: (text: string) => string): void => {
    const path = join(copy, 'snapshot.ndjson');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };

  it('with a body of other content under the old name', async () => {
    for (const path of bodyFiles) {
      await expectFound((copy) => {
        writeFileSync(join(copy, path), '{"n":"forged"}');
        resealed(copy);
      }, basename(path));
    }
  });

  it('without a body that a record needs', () =>
    expectFound((copy) => {
      rmSync(join(copy, bodyFiles[0] ?? ''));
      rmSync(dirname(join(copy, bodyFiles[0] ?? '')), { recursive: true });
      resealed(copy);
    }, 'the body of a record is not there'));

  it.each([
    'sha256:../../../../../../etc/passwd',
    'sha256:..%2f',
    `SHA256:${'a'.repeat(64)}`,
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}/`,
    '',
  ])('G02: with a digest that is none: %j', (hostile) =>
    expectFound((copy) => {
      edit(copy, (text) =>
        text.replace(/"bodyDigest":"sha256:[0-9a-f]{64}"/, `"bodyDigest":${JSON.stringify(hostile)}`),
      );
      resealed(copy);
    }, 'no digest'),
  );

  it('with a body that is spliced text in place of JSON', async () => {
    for (const text of [
      '1,"attrs":{"forged":"yes"}',
      '1,"seq":1',
      '1,"body":2',
      '{"b":1, "a":2}',
      ' 1',
      'nonsense',
      '',
    ]) {
      const digest = sha256(text);
      const copy = tampered((to) => {
        const [old = ''] = bodyFiles;
        const was = `${old.slice('bodies/'.length, 'bodies/'.length + 2)}${basename(old, '.json')}`;
        rmSync(dirname(join(to, old)), { recursive: true });
        const now = join(to, 'bodies', digest.slice(0, 2), `${digest.slice(2)}.json`);
        mkdirSync(dirname(now), { recursive: true });
        writeFileSync(now, text);
        edit(to, (snapshot) => snapshot.replaceAll(was, digest));
        resealed(to);
      });
      expect(['FAIL', 'INCOMPLETE'], text).toContain((await verified(copy)).audit.verdict);
    }
  });

  it('with a snapshot of another depth, with bodies inside, or packed', async () => {
    await expectFound((copy) => edit(copy, (text) => text.replace('"depth":"digest"', '"depth":"full"')), 'depth');
    await expectFound(
      (copy) => {
        edit(copy, (text) => text.replace(/^\{"bodyDigest"/m, '{"body":1,"bodyDigest"'));
        resealed(copy);
      },
      'no `body` of its own',
      'INCOMPLETE',
    );
  });

  it('with another manifest', async () => {
    const manifest = (change: Parameters<typeof restated>[1]) => (copy: string) => restated(copy, change);
    await expectFound(
      manifest((of) => ({ ...of, version: 2 })),
      'another version',
      'INCOMPLETE',
    );
    await expectFound(
      manifest((of) => ({ ...of, kind: 'pack' })),
      'not the manifest of a bundle',
      'INCOMPLETE',
    );
    await expectFound(
      manifest((of) => ({ ...of, note: '' })),
      'note',
      'INCOMPLETE',
    );
    await expectFound(
      manifest((of) => ({ ...of, records: 1 })),
      '/records',
    );
    await expectFound(
      manifest((of) => ({ ...of, globalRoot: sha256('') })),
      '/globalRoot',
    );
    await expectFound(
      manifest((of) => ({ ...of, tenants: [] })),
      '/tenants',
    );
    await expectFound((copy) => {
      const path = join(copy, 'manifest.json');
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(':', ': '));
    }, 'canonical form');
  });

  it('with SHA256SUMS in another order, twice the same line, or with a path that leads out', async () => {
    const sums = (change: (lines: string[]) => string[]) => (copy: string) => {
      const path = join(copy, 'SHA256SUMS');
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      writeFileSync(path, `${change(lines).join('\n')}\n`);
    };
    await expectFound(
      sums((lines) => lines.toReversed()),
      'out of order',
    );
    await expectFound(
      sums((lines) => [...lines.slice(0, 1), ...lines]),
      'comes twice',
    );
    await expectFound(
      sums((lines) => [...lines, `${sha256('')}  ../../x`]),
      'names no file of a bundle',
    );
    await expectFound(
      sums((lines) => lines.slice(1)),
      'is not listed',
    );
  });
});

describe('the proofs of a bundle', () => {
  const found = (change: (copy: string) => void, name: string, verdict?: string): Promise<void> =>
    expectFound(change, name, verdict, proven);
  const first = (): string => proofFiles[0] ?? '';
  const folderOf = (copy: string): string => join(copy, 'proofs');
  /** The first proof says something else, and all that is listed and counted fits. */
  const rewritten = (change: (members: Record<string, unknown>) => unknown) => (copy: string) => {
    const path = join(copy, first());
    const members = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const lines = Object.entries(change(members) as object).map(
      ([name, value]) => `  ${JSON.stringify(name)}: ${referenceCanonical(value)}`,
    );
    writeFileSync(path, `{\n${lines.join(',\n')}\n}\n`);
    resealed(copy);
  };

  it('pass as they are, and written again in the same way', async () => {
    for (const change of [() => undefined, rewritten((members) => members)]) {
      expect((await verified(tampered(change, proven))).audit).toMatchObject({ verdict: 'PASS', findings: [] });
    }
  });

  it('are there if the manifest says so, and only then', async () => {
    const stated = ({ proofs: _, ...members }: Record<string, unknown>) => members;
    await found((copy) => restated(copy, stated), 'proofs is a folder that does not belong to the bundle');
    await found((copy) => rmSync(folderOf(copy), { recursive: true }), 'proofs is not there, and the manifest says');
    await found((copy) => {
      rmSync(folderOf(copy), { recursive: true });
      resealed(copy);
    }, `${first()}: the proof of a record is not there`);
    await found((copy) => {
      rmSync(folderOf(copy), { recursive: true });
      restated(copy, stated);
    }, `${first()} is listed, and the bundle has no such file`);
    await expectFound(
      (copy) => restated(copy, (of) => ({ ...of, proofs: { bytes: 0, count: 0 } })),
      'proofs is not there',
    );
    const without = tampered((copy) => {
      rmSync(folderOf(copy), { recursive: true });
      restated(copy, stated);
      resealed(copy);
    }, proven);
    expect((await verified(without)).audit.verdict).toBe('PASS');
    expect(readFileSync(join(without, 'manifest.json'))).toEqual(readFileSync(join(good, 'manifest.json')));
  });

  it('are as many and as long as the manifest says, which says it in one way', async () => {
    const says = (change: (of: { bytes: number; count: number }) => unknown) => (copy: string) =>
      restated(copy, (members) => ({ ...members, proofs: change(members['proofs'] as never) }));
    await found(
      says((of) => ({ ...of, count: of.count + 1 })),
      'states /proofs/count',
    );
    await found(
      says((of) => ({ ...of, bytes: of.bytes - 1 })),
      'states /proofs/bytes',
    );
    for (const other of [null, [], { count: 1 }, { bytes: -1, count: 1 }, { bytes: 1, count: 1, more: 1 }]) {
      await found(
        says(() => other),
        'at /proofs',
        'INCOMPLETE',
      );
    }
  });

  it('are not called wrong where the manifest cannot be read', async () => {
    const copy = tampered((of) => truncateSync(join(of, 'manifest.json')), proven);
    expect((await verified(copy)).audit).toMatchObject({
      verdict: 'INCOMPLETE',
      findingCounts: { 'input-malformed': 1 },
    });
  });

  it('are all there, and none too many, sealed again or not', async () => {
    for (const path of proofFiles) {
      await found((copy) => {
        rmSync(dirname(join(copy, path)), { recursive: true });
        resealed(copy);
      }, `${path}: the proof of a record is not there`);
    }
    const stray = `proofs/00/${'0'.repeat(62)}.json`;
    const add = (copy: string): void => {
      mkdirSync(dirname(join(copy, stray)), { recursive: true });
      copyFileSync(join(copy, first()), join(copy, stray));
    };
    await found(add, `${stray}: it is the proof of no record`);
    await found(add, `${stray} is there, and is not listed`);
    await found((copy) => {
      add(copy);
      resealed(copy);
    }, `${stray}: it is the proof of no record`);
  });

  it.each([
    ['readme', 'readme is a file'],
    ['AB/x', 'AB is a folder'],
    ['00/nested/x', '00/nested is a folder'],
    ['00/x.json', '00/x.json is a file'],
  ])('lie in no other place: %s', (path, named) =>
    found((copy) => {
      mkdirSync(dirname(join(folderOf(copy), path)), { recursive: true });
      writeFileSync(join(folderOf(copy), path), '{}');
    }, `proofs/${named} that does not belong`),
  );

  it('lie in a folder, which is no link, no file and not empty', async () => {
    const replaced = (make: (path: string) => void) => (copy: string) => {
      rmSync(folderOf(copy), { recursive: true });
      make(folderOf(copy));
    };
    await found(
      replaced((path) => symlinkSync(join(proven, 'proofs'), path)),
      'proofs is a symbolic link, and no folder',
    );
    await found(
      replaced((path) => writeFileSync(path, '')),
      'proofs is a file, and no folder',
    );
    await found(
      replaced((path) => mkdirSync(path)),
      'proofs is an empty folder',
    );
    await found((copy) => mkdirSync(join(folderOf(copy), 'zz')), 'proofs/zz');
  });

  it('are those of their records, sealed again', async () => {
    const [, second = ''] = proofFiles;
    await found(
      (copy) => {
        swap(join(copy, first()), join(copy, second));
        resealed(copy);
      },
      `${first()}: it is the proof of the record with the leaf hash ${second.slice(7, 9)}${basename(second, '.json')}`,
    );
  });

  it('are those of this very bundle, sealed again', async () => {
    const other = await bundleOf(
      put(folder, 'more.ndjson', ndjson([...STORE, ...bundles(1, { tenant: 'zeta' })], { chains: LEDGER_RULE })),
      join(folder, 'more'),
      { includeProofs: true },
    );
    for (const path of proofFiles) {
      await found((copy) => {
        copyFileSync(join(other, path), join(copy, path));
        resealed(copy);
      }, `${path}: it is a proof under the global root`);
    }
  });

  type Members = Record<string, unknown> & {
    readonly record: object;
    readonly inclusion: Record<'record' | 'stream' | 'tenant', { index: number; size: number; path: string[] }>;
  };
  const step = (name: 'record' | 'stream' | 'tenant', change: object) => (of: Members) => ({
    ...of,
    inclusion: { ...of.inclusion, [name]: { ...of.inclusion[name], ...change } },
  });
  it.each<readonly [string, (of: Members) => unknown, string]>([
    ['no record', ({ record: _, ...of }) => withLeaf(of), 'it holds, but is not the text'],
    ['a voucher', (of) => ({ ...of, signed: { checkpoint: 'x' } }), 'it holds, but is not the text'],
    ['members in another order', (of) => Object.fromEntries(Object.entries(of).toReversed()), 'it holds, but is not'],
    ['another member', (of) => ({ ...of, note: '' }), 'it is no proof'],
    ['another kind', (of) => ({ ...of, kind: 'x' }), 'it is no proof'],
    ['another version', (of) => ({ ...of, version: 2 }), 'it is no proof'],
    ['growth', (of) => ({ ...of, proves: 'consistency' }), 'it is no proof'],
    ['another place', step('record', { index: 1 }), 'the proof does not hold: record in its stream'],
    ['a path too short', step('stream', { path: [] }), 'the proof does not hold: stream in its tenant'],
    ['another sibling', step('tenant', { path: ['0'.repeat(64)] }), 'the proof does not hold: tenant in the whole'],
    ['another number of tenants', step('tenant', { size: 3 }), 'it is a proof over 3 tenants, not over 2'],
  ])('are in the one form of it, sealed again: %s', (_, change, told) =>
    found(
      rewritten((members) => change(members as Members)),
      `${basename(first())}: ${told}`,
    ),
  );
  const withLeaf = (of: object): object => {
    const { kind, version, proves, ...rest } = of as Record<string, unknown>;
    return { kind, version, proves, leafHash: `${first().slice(7, 9)}${basename(first(), '.json')}`, ...rest };
  };

  it('are in the one form of it, sealed again: with the body, with white space', async () => {
    await found((copy) => {
      const record = STORE.find((one) => `proofs/${fanned(referenceLeaf(one))}` === first());
      rewritten((of) => ({ ...of, record: { ...(of['record'] as object), body: record?.body } }))(copy);
    }, 'it holds, but is not the text');
    await found((copy) => {
      const path = join(copy, first());
      writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))));
      resealed(copy);
    }, 'it holds, but is not the text');
  });
  const fanned = (hash: string): string => `${hash.slice(0, 2)}/${hash.slice(2)}.json`;

  it('are refused unread if they are huge', () =>
    found(
      (copy) => truncateSync(join(copy, first()), 1 << 30),
      `a proof is longer than the limit of 17825792 bytes`,
      'INCOMPLETE',
    ));

  it('are listed with their digests', async () => {
    const sums = (change: (lines: string[]) => string[]) => (copy: string) => {
      const path = join(copy, 'SHA256SUMS');
      const text = `${change(readFileSync(path, 'utf8').trimEnd().split('\n')).join('\n')}\n`;
      writeFileSync(path, text);
      restated(copy, (of) => ({
        ...of,
        checksums: { bytes: text.length, path: 'SHA256SUMS', sha256: sha256(text) },
      }));
    };
    const isFirst = (line: string): boolean => line.endsWith(first());
    await found(
      sums((lines) =>
        lines.map((line) => (isFirst(line) ? line.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) : line)),
      ),
      `${first()} is listed with the digest`,
    );
    await found(
      sums((lines) => lines.filter((line) => !isFirst(line))),
      `${first()} is there, and is not listed`,
    );
    await found(
      sums((lines) => [...lines.filter((line) => !isFirst(line)), ...lines.filter(isFirst)]),
      `${first()} is out of order`,
    );
    await expectFound(
      sums((lines) => [...lines.slice(0, -1), `${sha256('')}  proofs/${fanned(sha256(''))}`, ...lines.slice(-1)]),
      'is listed, and the bundle has no such file',
    );
  });
});

describe('G07: a bundle that changes while it is read', () => {
  /** Audits a copy of which `change` makes another one when it has been opened. */
  async function changing(change: (copy: string) => void, from = good): Promise<readonly string[]> {
    const copy = tampered(() => undefined, from);
    const source = new BundleSource(copy, { platform: nodePlatform });
    const open = source.open.bind(source);
    source.open = async () => {
      const header = await open();
      change(copy);
      return header;
    };
    const audit = await auditSource(source);
    expect(audit.verdict).not.toBe('PASS');
    return Object.keys(audit.findingCounts);
  }

  it('by a file that comes or goes, anywhere in it', async () => {
    expect(await changing((copy) => writeFileSync(join(copy, 'late'), ''))).toContain('input-changed');
    expect(await changing((copy) => writeFileSync(join(copy, 'bodies', 'late'), ''))).toContain('input-changed');
    expect(await changing((copy) => rmSync(join(copy, bodyFiles.at(-1) ?? '')))).toContain('input-changed');
    expect(await changing((copy) => rmSync(join(copy, 'bodies'), { recursive: true }))).toContain('input-changed');
    expect(await changing((copy) => rmSync(join(copy, proofFiles[0] ?? '')), proven)).toContain('input-changed');
    expect(await changing((copy) => writeFileSync(join(copy, 'proofs', 'late'), ''), proven)).toContain(
      'input-changed',
    );
  });

  it('by a snapshot that grows or is cut', async () => {
    expect(await changing((copy) => appendFileSync(join(copy, 'snapshot.ndjson'), 'x'))).toContain('input-changed');
    expect(await changing((copy) => truncateSync(join(copy, 'snapshot.ndjson'), 200))).toContain('input-changed');
  });

  it('by a body that gives more bytes than it has', () => {
    const room = { bytes: Buffer.alloc(1) };
    const fault = (() => {
      try {
        return new WholeFileReader('a body', 1000).read('/proc/self/status', 'body', room, 0, 0);
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toMatchObject({ kind: 'input-changed' });
    expect(() => new WholeFileReader('a body', 10).read(join(good, 'SHA256SUMS'), 'body', room, 0, 0)).toThrow(
      /limit of 10 bytes/,
    );
  });
});

describe('a folder that is no bundle', () => {
  it.each([
    ['nothing in it', [], 'source-incomplete'],
    ['a folder with notes', ['a.txt'], 'unsupported-version'],
    ['a package of another program', ['manifest.json', 'observations.ndjson', 'hashes.sha256'], 'unsupported-version'],
    ['the names of a known package', ['manifest.json', 'checksums.txt', 'signature.json'], 'source-incomplete'],
  ] as const)('is refused in a word: %s', async (name, names, kind) => {
    const path = join(folder, name);
    mkdirSync(path);
    for (const file of names) put(path, file, '{}');
    const { audit } = await verified(path);
    expect([audit.verdict, audit.findingCounts]).toEqual(['INCOMPLETE', { [kind]: 1 }]);
  });

  it('is INCOMPLETE where there is none, and for a file', async () => {
    for (const path of ['nowhere', 'store.ndjson']) {
      expect((await verified(join(folder, path))).audit.verdict, path).toBe('INCOMPLETE');
    }
  });
});
