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
import { auditSource } from '../../src/engine/audit-source.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { auditSnapshot } from '../../src/index.ts';
import { WholeFileReader } from '../../src/sources/bundle-file.ts';
import { BundleSource } from '../../src/sources/bundle-source.ts';
import { bundleOf, changed, filesOf, resealed, verified } from '../bundles.ts';
import { put } from '../faults/files.ts';
import { runs } from '../long.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, sha256 } from '../store.ts';
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
let files: readonly string[] = [];
let bodyFiles: readonly string[] = [];

beforeAll(async () => {
  const source = put(
    folder,
    'store.ndjson',
    ndjson(STORE, { chains: LEDGER_RULE, header: { capturedAt: '2027-03-01T10:00:00Z' } }),
  );
  await bundleOf(source, good);
  files = filesOf(good);
  bodyFiles = files.filter((path) => path.startsWith('bodies/'));
});

let copies = 0;
const tampered = (change: (copy: string) => void): string => changed(good, join(folder, `copy-${++copies}`), change);

/** The change is found, makes the exit code `verdict`, and the text names `name`. */
async function expectFound(change: (copy: string) => void, name: string, verdict = 'FAIL'): Promise<void> {
  const copy = tampered(change);
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

describe('every file of a bundle', () => {
  const each = async (change: (path: string) => void, nameOf = (path: string) => basename(path)): Promise<void> => {
    for (const path of files) await expectFound((copy) => change(join(copy, path)), nameOf(path));
  };

  it('deleted', () => each((path) => rmSync(path)));
  it('renamed', () => each((path) => renameSync(path, `${path}.old`)));
  it('emptied', async () => {
    for (const path of files) {
      // A manifest that is no JSON and a snapshot that ends early are what a reader cannot read; the rest is seen too.
      const verdict = path === 'manifest.json' ? 'INCOMPLETE' : 'FAIL';
      await expectFound((copy) => truncateSync(join(copy, path)), basename(path), verdict);
    }
  });
  it('with a byte more at its end', async () => {
    for (const path of files) {
      await expectFound((copy) => appendFileSync(join(copy, path), '\n'), basename(path));
    }
  });
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
    const step = runs(37, 1);
    const copy = tampered(() => undefined);
    let tried = 0;
    for (const path of files) {
      const bytes = readFileSync(join(good, path));
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
    expect(tried).toBeGreaterThan(50);
  });

  it('swapped with another', async () => {
    for (const [at, path] of bodyFiles.entries()) {
      const other = bodyFiles[(at + 1) % bodyFiles.length] ?? '';
      await expectFound((copy) => {
        renameSync(join(copy, path), join(copy, 'x'));
        renameSync(join(copy, other), join(copy, path));
        renameSync(join(copy, 'x'), join(copy, other));
      }, basename(path));
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
    const manifest = (change: (of: Record<string, unknown>) => unknown) => (copy: string) => {
      const path = join(copy, 'manifest.json');
      const read = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      writeFileSync(path, `${JSON.stringify(change(read))}\n`);
    };
    await expectFound(
      manifest((of) => ({ ...of, version: 2 })),
      'another version',
      'INCOMPLETE',
    );
    await expectFound(
      manifest((of) => ({ ...of, kind: 'pack' })),
      'not of a bundle',
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

describe('G07: a bundle that changes while it is read', () => {
  /** Audits a copy of which `change` makes another one when it has been opened. */
  async function changing(change: (copy: string) => void): Promise<readonly string[]> {
    const copy = tampered(() => undefined);
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
    [
      'a package of another program',
      ['manifest.json', 'checksums.txt', 'bundle.json', 'signature.json'],
      'unsupported-version',
    ],
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
