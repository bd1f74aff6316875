/** Checkpoints before witnesses: what they cosign is demanded by a policy, and a rewritten history gets no cosignature. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { leafHash, rootOf } from '../../src/core/merkle/tree.ts';
import { portable } from '../../src/core/platform.ts';
import { LogGrowth } from '../../src/engine/log-growth.ts';
import { checkpoint, journal, type WitnessCheck, witness } from '../../src/index.ts';
import { rawPublicKey } from '../../src/trust/node-keys.ts';
import { signNote, verifierKey } from '../../src/trust/signed-note.ts';
import { judgeCheckpoint, parsePolicy } from '../../src/trust/witness-policy.ts';
import { run } from '../cli/in-process.ts';
import { runs, seed } from '../long.ts';
import { chained } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, keyFiles, textOf } from './signed-files.ts';
import { addCheckpoint, Witness } from './witness.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const log = keyFiles(folder, 'log');
const logKey = () => log.key.publicKey;
const ORIGIN = 'test/acme/ledger%2F1';
const witnesses = ['w1', 'w2', 'w3'].map(
  (name) => new Witness(keyFiles(folder, name).key, logKey, `witness.example/${name}`),
);
const closing: (() => Promise<void>)[] = [];

const snapshotOf = (name: string, numbers: readonly number[]): string =>
  fileOf(
    folder,
    name,
    textOf(
      chained(
        numbers.map((n) => ({ n })),
        { stream: 'ledger/1' },
      ),
    ),
  );

/** Signs `numbers` with a state of its own, if it is named. */
async function signed(numbers: readonly number[], state = 'honest'): Promise<{ snapshot: string; path: string }> {
  const snapshot = snapshotOf(`${state}-${numbers.length}.ndjson`, numbers);
  const output = at(`${state}-points`);
  const { verdict, written } = await checkpoint(snapshot, { key: log.path, state: at(`${state}.state`), output });
  expect(verdict).toBe('PASS');
  return { snapshot, path: written[0]?.path ?? '' };
}

let policy = '';
beforeAll(async () => {
  const urls: string[] = [];
  for (const one of witnesses) {
    const { url, close } = await one.serve();
    urls.push(url);
    closing.push(close);
  }
  const lines = [
    '# two of three',
    `log ${verifierKey(ORIGIN, log.key.publicKey)}`,
    ...witnesses.map((one, n) => `witness w${n + 1}\t${one.verifierKey} ${urls[n]}`),
    'group most 2 w1 w2 w3',
    'quorum most',
  ];
  policy = fileOf(folder, 'witnesses.policy', `${lines.join('\n')}\n`);
});
afterAll(async () => {
  for (const close of closing) await close();
});

describe('a policy without logs', () => {
  it('takes the key of the logs from whoever asks: one key signs all streams of a store', async () => {
    const { snapshot, path } = await signed([1, 2, 3], 'one-key');
    const witnessPolicy = fileOf(
      folder,
      'no-logs.policy',
      readFileSync(policy, 'utf8')
        .replace(/^log .*\n/m, '')
        .replace('quorum most', 'quorum w1'),
    );
    const [own, other] = [[log.publicPath], [keyFiles(folder, 'another').publicPath]];
    const asked = (trustedKeys: readonly string[], of = witnessPolicy) =>
      witness('add-checkpoint', path, { witnessPolicy: of, snapshot, trustedKeys });
    expect((await witness('verify', path, { witnessPolicy })).verdict).toBe('UNTRUSTED');
    expect((await asked(other)).verdict).toBe('UNTRUSTED');
    expect((await asked(own)).verdict).toBe('PASS');
    expect((await witness('verify', path, { witnessPolicy, trustedKeys: own })).verdict).toBe('PASS');
    expect((await witness('verify', path, { witnessPolicy, trustedKeys: other })).verdict).toBe('UNTRUSTED');
    const both = await asked(own, policy);
    expect([both.verdict, both.findings[0]?.message]).toEqual(['UNTRUSTED', expect.stringMatching(/names logs/)]);
    const args = ['witness', 'verify', path, '--witness-policy', witnessPolicy, '--trusted-key', log.publicPath];
    expect((await run(args, { cwd: folder })).status).toBe(0);
    const twice = fileOf(
      folder,
      'twice.policy',
      `${['o/1', 'o/2'].map((name) => `log ${verifierKey(name, log.key.publicKey)}\n`).join('')}quorum none\n`,
    );
    expect((await asked(own, twice)).findings[0]?.message).toMatch(/line 2: the key of another line: .*--trusted-key/);
  });
});

const add = (path: string, snapshot: string): Promise<WitnessCheck> =>
  witness('add-checkpoint', path, { witnessPolicy: policy, snapshot });
const kinds = ({ findings }: WitnessCheck): readonly string[] => findings.map(({ kind }) => kind);

describe('an upgrade before witnesses', () => {
  it('that is honest is cosigned, from nothing, grown, and once more', async () => {
    const before = await signed([1, 2, 3]);
    expect(await witness('verify', before.path, { witnessPolicy: policy })).toMatchObject({ verdict: 'UNTRUSTED' });
    const first = await add(before.path, before.snapshot);
    expect(first).toMatchObject({ verdict: 'PASS', checkpoint: { origin: ORIGIN, size: 3 }, findings: [] });
    expect(first.witnesses.map(({ name }) => name)).toEqual(['w1', 'w2', 'w3']);
    const after = await signed([1, 2, 3, 4, 5, 6, 7]);
    expect(await add(after.path, after.snapshot)).toMatchObject({ verdict: 'PASS', checkpoint: { size: 7 } });
    expect(await add(after.path, after.snapshot)).toMatchObject({ verdict: 'PASS', checkpoint: { size: 7 } });
    expect(readFileSync(after.path, 'utf8').match(/^\u2014 /gmu)?.length).toBe(4);
    expect(witnesses.map((one) => one.sizeOf(ORIGIN))).toEqual([7, 7, 7]);
    expect((await witness('verify', after.path, { witnessPolicy: policy })).verdict).toBe('PASS');
    // Signed once more, as after a crash: what witnesses have said of this very tree stays.
    await signed([1, 2, 3, 4, 5, 6, 7]);
    expect((await witness('verify', after.path, { witnessPolicy: policy })).verdict).toBe('PASS');
  });

  it('that was rewritten by whoever has the key is refused by each: FAIL, and nothing is cosigned', async () => {
    for (const [numbers, kind] of [
      [[1, 2, 33, 4, 5, 6, 7, 8], 'history-not-prefix'],
      [[1, 2, 33, 4, 5, 6, 7], 'history-not-prefix'],
      [[1, 2, 3, 4], 'chain-truncated'],
    ] as const) {
      const forged = await signed(numbers, `forged-${numbers.length}`);
      const said = await add(forged.path, forged.snapshot);
      expect([said.verdict, said.witnesses]).toEqual(['FAIL', []]);
      expect(kinds(said).slice(0, 3)).toEqual([kind, kind, kind]);
      expect((await witness('verify', forged.path, { witnessPolicy: policy })).verdict).toBe('UNTRUSTED');
    }
    expect(witnesses.map((one) => one.sizeOf(ORIGIN))).toEqual([7, 7, 7]);
  });

  it.each([
    ['409', { status: 409, body: '' }],
    ['409 and the size', { status: 409, body: '7\n' }],
    ['422', { status: 422, body: '' }],
  ])('that is of the size that a witness knows, with another root, is FAIL where it answers %s', async (_, forked) => {
    const forged = await signed([1, 2, 33, 4, 5, 6, 7], 'forged-7');
    for (const one of witnesses) one.forked = forked;
    const said = await add(forged.path, forged.snapshot);
    for (const one of witnesses) one.forked = { status: 409, body: '' };
    expect([said.verdict, said.witnesses]).toEqual(['FAIL', []]);
    expect(kinds(said).slice(0, 3)).toEqual(Array(3).fill('history-not-prefix'));
  });

  it('with evidence that is not that of the checkpoint, or of no known log, is not submitted', async () => {
    const before = snapshotOf('other.ndjson', [9, 9, 9]);
    const { path } = await signed([1, 2, 3, 4, 5, 6, 7]);
    await expect(add(path, before)).rejects.toThrow(/have none of the origin/);
    const sent = witnesses[0]?.requests.length;
    const unknown = fileOf(
      folder,
      'unknown.checkpoint',
      signNote(`elsewhere\n1\n${'A'.repeat(43)}=\n`, 'elsewhere', log.key),
    );
    expect(await add(unknown, before)).toMatchObject({ verdict: 'UNTRUSTED' });
    expect(witnesses[0]?.requests.length).toBe(sent);
  });

  it('is a matter of the quorum where one witness is away, and INCOMPLETE where two are', async () => {
    const { path, snapshot } = await signed([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [gone, verdict] of [
      [2, 'INCOMPLETE'],
      [1, 'PASS'],
    ] as const) {
      let n = 0;
      const text = readFileSync(policy, 'utf8').replace(/127\.0\.0\.1:\d+/g, (url) =>
        n++ < gone ? '127.0.0.1:1' : url,
      );
      const witnessPolicy = fileOf(folder, 'away.policy', text);
      const said = await witness('add-checkpoint', path, { witnessPolicy, snapshot });
      expect([said.verdict, kinds(said)[0]]).toEqual([verdict, 'proof-unavailable']);
    }
  });

  describe('whose checkpoint changes while witnesses are asked', () => {
    const [one] = witnesses;
    const meanwhile = async (change: () => Promise<unknown>, action: () => Promise<WitnessCheck>) => {
      if (one === undefined) throw new Error('no witness');
      one.meanwhile = async () => {
        one.meanwhile = async () => undefined;
        await change();
      };
      return action();
    };

    // What is signed here is no growth of what was signed before, nor that of this.
    const forget = (): void => {
      for (const each of witnesses) each.forget(ORIGIN);
    };
    beforeEach(forget);
    afterEach(forget);

    it('is never put back to the smaller one', async () => {
      const { path, snapshot } = await signed([1, 2, 3], 'grows');
      const grown = () => signed([1, 2, 3, 4], 'grows');
      await expect(meanwhile(grown, () => add(path, snapshot))).rejects.toThrow(/another checkpoint has come/);
      expect(readFileSync(path, 'utf8')).toContain(`${ORIGIN}\n4\n`);
      expect(readFileSync(path, 'utf8').match(/^\u2014 /gmu)?.length).toBe(1);
    });

    it('keeps what others have added, as two that ask at once do', async () => {
      const { path, snapshot } = await signed([21, 22], 'both');
      const of = (name: string) => {
        const text = readFileSync(policy, 'utf8')
          .replace(/^group .*\n/m, '')
          .replace('quorum most', `quorum ${name}`);
        const others = ['w1', 'w2', 'w3'].filter((other) => other !== name).join('|');
        return fileOf(folder, `${name}.policy`, text.replace(new RegExp(`^witness (?:${others})\t.*\n`, 'gm'), ''));
      };
      const asked = (name: string) => witness('add-checkpoint', path, { witnessPolicy: of(name), snapshot });
      const second = async () => expect((await asked('w2')).verdict).toBe('PASS');
      expect((await meanwhile(second, () => asked('w1'))).verdict).toBe('PASS');
      expect(readFileSync(path, 'utf8').match(/^\u2014 witness\.example\/w[12] /gmu)?.length).toBe(2);
    });
  });

  describe('whose witness answers oddly', () => {
    const forget = (): void => {
      for (const each of witnesses) each.forget(ORIGIN);
    };
    beforeEach(forget);
    afterEach(() => {
      forget();
      vi.restoreAllMocks();
      for (const one of witnesses) one.time = 1_700_000_000n;
    });
    const linesIn = (path: string): number => readFileSync(path, 'utf8').match(/^\u2014 /gmu)?.length ?? 0;

    it('keeps one line of each, whatever one repeats: the note can be read, and the others count', async () => {
      const { path, snapshot } = await signed([31, 32], 'repeats');
      const [one] = witnesses as [Witness];
      const answer = one.addCheckpoint.bind(one);
      vi.spyOn(one, 'addCheckpoint').mockImplementation((request) => {
        const { status, body } = answer(request);
        return { status, body: body.repeat(120) };
      });
      expect(await add(path, snapshot)).toMatchObject({ verdict: 'PASS', findings: [] });
      expect(linesIn(path)).toBe(4);
    });

    it('is FAIL where one has seen a larger tree, also where the evidence shows no growth to another', async () => {
      const [short, middle, long] = [
        await signed([51], 's'),
        await signed([51, 52], 'm'),
        await signed([51, 52, 53], 'l'),
      ];
      const asked = ({ path }: { path: string }, snapshot: string, ...names: readonly string[]) => {
        const isWanted = (line: string) =>
          /^log /.test(line) || names.some((name) => line.startsWith(`witness ${name}\t`));
        const lines = readFileSync(policy, 'utf8').split('\n').filter(isWanted);
        const witnessPolicy = fileOf(folder, 'some.policy', `${lines.join('\n')}\nquorum none\n`);
        return witness('add-checkpoint', path, { witnessPolicy, snapshot });
      };
      expect((await asked(long, long.snapshot, 'w1')).verdict).toBe('PASS');
      expect((await asked(short, short.snapshot, 'w2')).verdict).toBe('PASS');
      const said = await asked(middle, snapshotOf('no-growth.ndjson', [9, 9]), 'w1', 'w2');
      expect([said.verdict, kinds(said)]).toEqual(['FAIL', ['chain-truncated', 'proof-unavailable']]);
      expect(said.findings[1]?.message).toMatch(/^the witness w2: .*have none of the origin/);
    });

    it('keeps what counts where one answers with a time in the future', async () => {
      const { path, snapshot } = await signed([41, 42], 'ahead');
      expect((await add(path, snapshot)).verdict).toBe('PASS');
      const was = readFileSync(path, 'utf8');
      for (const one of witnesses) one.time = 4_000_000_000n;
      const said = await add(path, snapshot);
      expect(said.findings[0]?.message).toBe(
        'the witness w1 has cosigned it in the future, at 2096-10-02T07:06:40.000Z',
      );
      expect([said.verdict, readFileSync(path, 'utf8')]).toEqual(['PASS', was]);
    });
  });

  it('has its journal cosigned as well', async () => {
    for (const step of ['1', '2', '3']) await journal('append', at('up.journal'), { upgrade: 'u', step, type: 'step' });
    const signing = { key: log.path, state: at('j.state'), output: at('j-points'), origin: 'runbook.example' };
    const { written } = await checkpoint({ journal: at('up.journal') }, signing);
    const origin = written[0]?.origin ?? '';
    const path = written[0]?.path ?? '';
    const text = readFileSync(policy, 'utf8').replace(/^log .*$/m, `log ${verifierKey(origin, log.key.publicKey)}`);
    const witnessPolicy = fileOf(folder, 'journal.policy', text);
    const said = await witness('add-checkpoint', path, { witnessPolicy, journal: at('up.journal') });
    expect(said).toMatchObject({ verdict: 'PASS', checkpoint: { size: 3 } });
    await journal('append', at('up.journal'), { upgrade: 'u', step: '4', type: 'step' });
    await checkpoint({ journal: at('up.journal') }, signing);
    expect((await witness('add-checkpoint', path, { witnessPolicy, journal: at('up.journal') })).checkpoint?.size).toBe(
      4,
    );
  });

  it('is told by the command, with its exit code', async () => {
    const { path, snapshot } = await signed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const ed = (...args: readonly string[]) => run(['witness', ...args, '--witness-policy', policy], { cwd: folder });
    expect((await ed('verify', path)).status).toBe(3);
    const { status, stdout } = await ed('add-checkpoint', path, '--snapshot', snapshot);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^PASS: .*\nsize 10 root .*\ncosigned by "w1" at 2023-/),
    ]);
    expect((await ed('verify', path, '--format', 'json')).status).toBe(0);
    expect((await ed('verify', path, '--snapshot', snapshot)).status).toBe(64);
    expect((await ed('add-checkpoint', path)).status).toBe(64);
    expect((await ed('verify', 'nowhere')).status).toBe(3);
  });
});

describe('a witness, before whoever has the key of the log', () => {
  const leaf = (n: number): string => leafHash(portable, Uint8Array.of(n));
  const noteOf = (history: readonly number[]): string => {
    const root = Buffer.from(rootOf(portable, history.map(leaf)), 'hex').toString('base64');
    return signNote(`${ORIGIN}\n${history.length}\n${root}\n`, ORIGIN, log.key);
  };
  const path = (history: readonly number[], from: number): readonly string[] => {
    const growth = new LogGrowth(history.length, [from]);
    for (const n of history) growth.append(leaf(n));
    return growth.pathFrom(from);
  };
  /** A branch of two histories, so much of it, and what is claimed of before. */
  const submission = fc.record({
    branch: fc.nat(2),
    size: fc.integer({ min: 1, max: 9 }),
    claimed: fc.option(fc.nat(9), { nil: undefined }),
    reversed: fc.boolean(),
  });

  it('cosigns no two trees of one size, and none that did not grow out of the one before', () => {
    let cosigned = 0;
    fc.assert(
      fc.property(fc.nat(8), fc.array(submission, { minLength: 2, maxLength: 12 }), (fork, submissions) => {
        const one = new Witness(log.key, logKey);
        let last: readonly number[] = [];
        const roots = new Map<number, string>();
        for (const { branch, size, claimed, reversed } of submissions) {
          const history = Array.from({ length: size }, (_, n) => (n < fork ? n : n + 10 * branch));
          const old = claimed ?? last.length;
          const proof = path(history, old);
          const { status } = one.addCheckpoint(
            addCheckpoint(old, reversed ? proof.toReversed() : proof, noteOf(history)),
          );
          if (status !== 200) continue;
          cosigned++;
          expect(history.slice(0, last.length)).toEqual(last);
          const root = rootOf(portable, history.map(leaf));
          expect(roots.get(size) ?? root).toBe(root);
          roots.set(size, root);
          last = history;
        }
      }),
      { numRuns: runs(100, 10_000), seed },
    );
    expect(cosigned).toBeGreaterThan(runs(30, 3000));
  }, 300_000);
});

/** A name that is a group or a witness; a random policy over the three. */
const names = ['w1', 'w2', 'w3'] as const;
const policyText = (quorum: readonly string[]): string =>
  [
    `log ${verifierKey(ORIGIN, log.key.publicKey)}`,
    ...witnesses.map((one, n) => `witness w${n + 1} ${one.verifierKey}`),
    ...quorum,
  ].join('\n');
const parsed = (text: string) => parsePolicy(Buffer.from(text), 'p', rawPublicKey);

function cosignedBy(cosigners: readonly string[]): string {
  const fresh = names.map((name) => new Witness(keyOf(name), logKey, `witness.example/${name}`));
  const root = Buffer.alloc(32, 7).toString('base64');
  const note = signNote(`${ORIGIN}\n4\n${root}\n`, ORIGIN, log.key);
  const lines = fresh
    .filter((_, n) => cosigners.includes(names[n] ?? ''))
    .map((one) => one.addCheckpoint(`old 0\n\n${note}`).body);
  return `${note}${lines.join('')}`;
}
const keys = new Map(names.map((name) => [name, keyFiles(folder, `other-${name}`).key]));
const keyOf = (name: (typeof names)[number]) => keys.get(name) ?? log.key;
const fresh = names.map((name) => new Witness(keyOf(name), logKey, `witness.example/${name}`));
const freshPolicy = (quorum: readonly string[]) =>
  parsed(
    `${[`log ${verifierKey(ORIGIN, log.key.publicKey)}`, ...fresh.map((one, n) => `witness ${names[n]} ${one.verifierKey}`), ...quorum].join('\n')}\n`,
  );

describe('a policy', () => {
  it('is met by any subset of witnesses that has as many as its groups demand, and by no other', () => {
    fc.assert(
      fc.property(
        fc.subarray([...names]),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom('all', 'any'),
        (who, k, outer) => {
          const judge = freshPolicy([`group inner ${k} w1 w2`, `group outer ${outer} inner w3`, 'quorum outer']);
          const inner = who.filter((name) => name !== 'w3').length >= k;
          const met = outer === 'all' ? inner && who.includes('w3') : inner || who.includes('w3');
          expect(judgeCheckpoint(judge, cosignedBy(who), Date.now()).fault === undefined).toBe(met);
        },
      ),
      { numRuns: runs(40, 500), seed },
    );
  });

  it('is judged however deep its groups lie in one another', () => {
    const depth = 12_000;
    const groups = Array.from({ length: depth }, (_, n) => `group g${n} any ${n === 0 ? 'w1' : `g${n - 1}`}`);
    const judge = freshPolicy([...groups, `quorum g${depth - 1}`]);
    const met = (who: readonly string[]) => judgeCheckpoint(judge, cosignedBy(who), Date.now()).fault === undefined;
    expect([met(['w1']), met(['w2', 'w3'])]).toEqual([true, false]);
  });

  it.each([
    [-10 * 86_400, true],
    [0, true],
    [240, true],
    [360, false],
    [10 * 86_400, false],
  ])('is met by a cosignature of %i s from now: %s', (seconds, met) => {
    const nowMs = 1_700_000_000_000 - seconds * 1000;
    const { fault, witnesses: counted } = judgeCheckpoint(freshPolicy(['quorum w1']), cosignedBy(['w1']), nowMs);
    expect([fault === undefined, counted.length]).toEqual([met, met ? 1 : 0]);
    if (!met) expect(fault).toContain('"w1" has cosigned it in the future, at 2023-11-14T22:13:20.000Z');
  });

  it('that is empty, or has something else in the place of a key, says what to give', () => {
    expect(() => parsed('')).toThrow(/it is empty: give lines of log/);
    expect(() => parsed('log key.pub\nquorum none\n')).toThrow(/line 1: "key\.pub": not a key .*checkpoint prints/);
  });

  it('is not met by any note with a flipped byte, unless in what nobody signs', () => {
    const judge = freshPolicy(['group all3 all w1 w2 w3', 'quorum all3']);
    const note = Buffer.from(cosignedBy(names));
    expect(judgeCheckpoint(judge, note.toString(), Date.now()).fault).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const flipped = Uint8Array.from(note);
        flipped[place] = (flipped[place] ?? 0) ^ by;
        const met = (): boolean =>
          judgeCheckpoint(judge, Buffer.from(flipped).toString(), Date.now()).fault === undefined;
        let holds = false;
        try {
          holds = met();
        } catch (fault) {
          expect(fault).toMatchObject({ name: 'TrustError' });
        }
        expect(holds).toBe(false);
      }),
      { numRuns: runs(400, 10_000), seed },
    );
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['no quorum', ['group g any w1'], /no quorum/],
    ['two quorums', ['quorum w1', 'quorum w2'], /second quorum/],
    ['a quorum that is not defined', ['quorum g'], /not defined/],
    ['a group before its member', ['group g any h', 'group h any w1', 'quorum g'], /not defined/],
    ['a member twice', ['group g any w1 w1', 'quorum g'], /twice/],
    ['a member of two groups', ['group g any w1', 'group h any w1 w2', 'quorum h'], /twice/],
    ['none as a member', ['group g any none', 'quorum g'], /not defined/],
    ['more than there are', ['group g 3 w1 w2', 'quorum g'], /of 2 members/],
    ['of none', ['group g 0 w1 w2', 'quorum g'], /of 2 members/],
    ['a word that objects have', ['group g valueOf w1 w2', 'quorum g'], /of 2 members/],
    ['a name twice', ['group w1 any w2', 'quorum w1'], /is taken/],
    ['another word', ['quroum w1'], /a line begins with/],
    ['a control character', ['quorum w1\r'], /control character/],
  ])('with %s is refused, with its line', (_, lines, why) => {
    expect(() => parsed(`${policyText(lines)}\n`)).toThrow(why);
    expect(() => parsed(policyText(['quorum w1']))).toThrow(/line feed/);
  });

  it('refuses a key twice, with another id, of a log as a witness, and knows "none"', () => {
    const [one] = witnesses;
    const key = one?.verifierKey ?? '';
    expect(() => parsed(`witness a ${key}\nwitness b ${key}\nquorum a\n`)).toThrow(/key of another line/);
    expect(() =>
      parsed(`witness a ${key.replace(/\+(.)/, (_, digit) => `+${digit === '0' ? '1' : '0'}`)}\nquorum a\n`),
    ).toThrow(/id/);
    expect(() => parsed(`witness a ${verifierKey('x', log.key.publicKey)}\nquorum a\n`)).toThrow(/no witness signs/);
    expect(judgeCheckpoint(freshPolicy(['quorum none']), cosignedBy([]), Date.now()).fault).toBeUndefined();
    expect(judgeCheckpoint(parsed('quorum none\n'), cosignedBy([]), Date.now()).fault).toMatch(/no log of the origin/);
  });
});

const GO = spawnSync('go', ['version']).status === 0;
const GO_MOD = spawnSync('test', ['-d', '/usr/share/gocode/src/golang.org/x/mod/sumdb/note']).status === 0;

/** Opens each note by the key of its log, and checks that the second tree grew out of the first. */
const PROGRAM = `package main
import ("encoding/base64"; "fmt"; "os"; "strconv"; "strings"
  "golang.org/x/mod/sumdb/note"; "golang.org/x/mod/sumdb/tlog")
func must(err error) { if err != nil { fmt.Println(err); os.Exit(1) } }
func hash(s string) tlog.Hash { b, err := base64.StdEncoding.DecodeString(s); must(err); var h tlog.Hash; copy(h[:], b); return h }
func tree(file, vkey string) (int64, tlog.Hash) {
  text, err := os.ReadFile(file); must(err)
  v, err := note.NewVerifier(vkey); must(err)
  n, err := note.Open(text, note.VerifierList(v)); must(err)
  l := strings.Split(n.Text, "\\n")
  size, err := strconv.ParseInt(l[1], 10, 64); must(err)
  return size, hash(l[2])
}
func main() {
  s1, h1 := tree(os.Args[1], os.Args[3])
  s2, h2 := tree(os.Args[2], os.Args[3])
  var p tlog.TreeProof
  for _, one := range os.Args[4:] { p = append(p, hash(one)) }
  must(tlog.CheckTree(p, s2, h2, s1, h1))
  fmt.Println("OK", s1, s2)
}
`;

describe('Go', () => {
  it.skipIf(!GO || !GO_MOD)(
    'opens cosigned checkpoints with sumdb/note, and takes the proof of growth that was sent with sumdb/tlog',
    async () => {
      const one = new Witness(keyFiles(folder, 'wgo').key, logKey, 'witness.example/go');
      const { url, close } = await one.serve();
      closing.push(close);
      const lines = [
        `log ${verifierKey(ORIGIN, log.key.publicKey)}`,
        `witness w ${one.verifierKey} ${url}`,
        'quorum w',
      ];
      const witnessPolicy = fileOf(folder, 'go.policy', `${lines.join('\n')}\n`);
      const paths: string[] = [];
      for (const numbers of [
        [1, 2, 3],
        [1, 2, 3, 4, 5, 6, 7],
      ]) {
        const { path, snapshot } = await signed(numbers, 'go');
        expect((await witness('add-checkpoint', path, { witnessPolicy, snapshot })).verdict).toBe('PASS');
        paths.push(fileOf(folder, `go-${numbers.length}.checkpoint`, readFileSync(path)));
      }
      const proof = one.requests.at(-1)?.split('\n\n')[0]?.split('\n').slice(1) ?? [];
      expect(proof.length).toBeGreaterThan(0);
      mkdirSync(at('gopath'));
      const program = fileOf(folder, 'check.go', PROGRAM);
      const env = {
        PATH: process.env['PATH'],
        HOME: at('gopath'),
        GO111MODULE: 'off',
        GOPATH: '/usr/share/gocode',
        GOCACHE: at('gopath'),
      };
      const key = verifierKey(ORIGIN, log.key.publicKey);
      const check = (hashes: readonly string[]): string =>
        execFileSync('go', ['run', program, ...paths, key, ...hashes], { env, encoding: 'utf8' });
      expect(check(proof)).toBe('OK 3 7\n');
      expect(() => check([...proof].reverse())).toThrow();
    },
    240_000,
  );
});
