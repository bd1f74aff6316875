/** Checkpoints keep their promise: no two trees are ever signed for one origin and size, whatever happens to the store. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeCheckpoints } from '../../src/api/checkpoints.ts';
import type { CheckpointOptions } from '../../src/api/proof-options.ts';
import { EvidenceError } from '../../src/core/errors.ts';
import { rootOf } from '../../src/core/merkle/tree.ts';
import { portable } from '../../src/core/platform.ts';
import { parseCheckpoint, parseNote, verifyNote } from '../../src/trust/signed-note.ts';
import { growthProofOf } from '../core/proof/stores.ts';
import { runs } from '../long.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';
import { bundles, chained, type PlainRecord, referenceLeaf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { keyFiles, textOf } from './signed-files.ts';
import { addCheckpoint, Witness } from './witness.ts';

const root = temporaryFolder();
const [alice, wendy] = [keyFiles(root, 'alice'), keyFiles(root, 'wendy')];
let stores = 0;

/** One chain by the numbers in its bodies, and a set beside it. */
const recordsOf = (chain: readonly number[], stream = 'ledger/1'): readonly PlainRecord[] => [
  ...bundles(2),
  ...chained(
    chain.map((n) => ({ n })),
    { stream },
  ),
];
const rootOfChain = (chain: readonly number[]): string =>
  rootOf(
    portable,
    recordsOf(chain)
      .filter(({ stream }) => stream === 'ledger/1')
      .map(referenceLeaf),
  );

interface Store {
  readonly state: string;
  readonly output: string;
  /** Signs a history, or says why not. */
  readonly sign: (chain: readonly number[], options?: Partial<CheckpointOptions>, text?: string) => Promise<string>;
  readonly signed: () => readonly string[];
}

function newStore(): Store {
  stores += 1;
  const folder = join(root, `store-${stores}`);
  mkdirSync(folder);
  const [state, output] = [join(folder, 'state'), join(folder, 'out')];
  let captures = 0;
  const sign: Store['sign'] = async (chain, options = {}, text = textOf(recordsOf(chain))) => {
    captures += 1;
    const path = join(folder, `${captures}.ndjson`);
    writeFileSync(path, text);
    try {
      const { written, refused } = await writeCheckpoints(path, output, { key: alice.path, state, ...options });
      if (written.length === 0) return refused.map(({ kind }) => kind).join(' ') || 'nothing';
      return written.map(({ origin, size }) => `${origin} ${size}`).join(', ');
    } catch (fault) {
      if (fault instanceof EvidenceError) return `${fault.kind}: ${fault.reason}`;
      throw fault;
    }
  };
  const notes = (): readonly string[] => (existsSync(output) ? readdirSync(output) : []);
  return { state, output, sign, signed: () => notes().map((name) => readFileSync(join(output, name), 'utf8')) };
}

const text = (note: string): string => verifyNote(parseNote(note), [alice.key.publicKey]).text;

type Step =
  | { readonly do: 'append'; readonly more: readonly number[] }
  | { readonly do: 'rewrite'; readonly at: number }
  | { readonly do: 'roll back' | 'restore'; readonly to: number }
  | { readonly do: 'retry' | 'crash' | 'summary' }
  | { readonly do: 'race'; readonly one: readonly number[]; readonly other: readonly number[] };

const more = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('append' as const), more }),
  fc.record({ do: fc.constant('rewrite' as const), at: fc.nat(8) }),
  fc.record({ do: fc.constantFrom('roll back' as const, 'restore' as const), to: fc.nat(8) }),
  fc.record({ do: fc.constantFrom('retry' as const, 'crash' as const, 'summary' as const) }),
  fc.record({ do: fc.constant('race' as const), one: more, other: more }),
);

/** What was ever signed, and by it what must have happened; told from the notes alone. */
class Observer {
  readonly #roots = new Map<string, string>();
  readonly #witness = new Witness(wendy.key, () => alice.key.publicKey);
  readonly #histories = new Map<string, readonly number[]>();

  /** @param candidates - the histories that may have been signed just now */
  async look(store: Store, candidates: readonly (readonly number[])[]): Promise<void> {
    for (const note of store.signed()) {
      const { origin, size, root: signed } = parseCheckpoint(text(note));
      const key = `${origin} ${size}`;
      expect(this.#roots.get(key) ?? signed, `two trees for ${key}`).toBe(signed);
      if (this.#roots.has(key)) continue;
      this.#roots.set(key, signed);
      const chain = candidates.find((one) => one.length === size && rootOfChain(one) === signed);
      if (chain === undefined) throw new Error(`${key}: signed is no history that there was`);
      await this.#submit(origin, chain, note);
    }
  }

  /** The witness knows nothing of us: whatever we have signed it must be able to accept. */
  async #submit(origin: string, chain: readonly number[], note: string): Promise<void> {
    const before = this.#histories.get(origin) ?? [];
    const grown = before.length > 0 && before.length < chain.length;
    const proof = grown ? await growthProofOf(textOf(recordsOf(before)), textOf(recordsOf(chain))) : undefined;
    const path = proof?.growth.find(({ stream }) => stream === 'ledger/1')?.path ?? [];
    const { status } = this.#witness.addCheckpoint(addCheckpoint(before.length, path, note));
    expect(status, `${origin} from ${before} to ${chain}`).toBe(200);
    this.#histories.set(origin, chain);
  }
}

const isPrefix = (one: readonly number[], of: readonly number[]): boolean => one.every((n, at) => of[at] === n);

/** Lives through one history, and says what was signed of it. */
async function live(steps: readonly Step[]): Promise<void> {
  const [store, observer] = [newStore(), new Observer()];
  let chain: readonly number[] = [0, 1];
  /** What was signed last in this attempt. */
  let last: readonly number[] = [];
  let attempt = 1;
  const attemptTo = async (is: readonly number[]): Promise<void> => {
    const said = await store.sign(is, attempt === 1 ? {} : { attempt });
    // Honest growth is signed, and nothing else is.
    expect(said.startsWith('test/acme/ledger%2F1'), `${said}: ${last} then ${is}`).toBe(isPrefix(last, is));
    if (isPrefix(last, is)) last = is;
    await observer.look(store, [is]);
  };
  await attemptTo(chain);
  for (const one of steps) {
    if (one.do === 'append') chain = [...chain, ...one.more];
    if (one.do === 'rewrite') chain = chain.with(one.at % chain.length, 9);
    if (one.do === 'roll back' || one.do === 'restore') chain = chain.slice(0, 1 + (one.to % chain.length));
    // The operator says so after a rollback; a restore that nobody tells of must be found.
    if (one.do === 'roll back') [attempt, last] = [attempt + 1, []];
    // The state is on the disk, and the checkpoints are not.
    if (one.do === 'crash') rmSync(store.output, { recursive: true, force: true });
    if (one.do === 'summary') {
      const said = await store.sign(chain, attempt === 1 ? {} : { attempt }, textOf(recordsOf(chain), {}, 'summary'));
      const canBeSeen = last.length === 0 || (last.length === chain.length && isPrefix(last, chain));
      expect(said.startsWith('test/'), said).toBe(canBeSeen);
      if (canBeSeen) last = chain;
      await observer.look(store, [chain]);
    }
    if (one.do !== 'race') await attemptTo(chain);
    else {
      const forks = [
        [...chain, ...one.one],
        [...chain, ...one.other],
      ];
      const said = await Promise.all(forks.map((fork) => store.sign(fork, attempt === 1 ? {} : { attempt })));
      await observer.look(store, forks);
      const won = forks.filter((_, at) => said[at]?.startsWith('test/'));
      for (const fork of won.toSorted((a, b) => a.length - b.length)) {
        expect(isPrefix(last, fork), `${last} then ${fork}`).toBe(true);
        [last, chain] = [fork, fork];
      }
    }
  }
}

describe('over any history of a store', () => {
  it('no two trees are signed for one origin and size, a witness accepts all that is signed, and growth is signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => live(steps)),
      { numRuns: runs(25, 10_000, 10) },
    );
  });
});

describe('an upgrade', () => {
  const [before, after] = [
    [1, 2, 3],
    [1, 2, 3, 4, 5],
  ];
  const submit = async (witness: Witness, was: readonly number[], is: readonly number[], note: string) => {
    const proof = await growthProofOf(textOf(recordsOf(was)), textOf(recordsOf(is)));
    const path = proof.growth.find(({ stream }) => stream === 'ledger/1')?.path ?? [];
    return witness.addCheckpoint(addCheckpoint(was.length, path, note));
  };

  it('that is honest is cosigned by a witness, and one that was rewritten is not', async () => {
    const witness = new Witness(wendy.key, (origin) => (origin.startsWith('test/') ? alice.key.publicKey : undefined));
    const store = newStore();
    await store.sign(before);
    expect(witness.addCheckpoint(addCheckpoint(0, [], store.signed()[0] ?? '')).status).toBe(200);
    expect(await store.sign(after)).toBe('test/acme/ledger%2F1 5');
    const [note = ''] = store.signed();
    const { status, body } = await submit(witness, before, after, note);
    expect(status).toBe(200);
    // The cosignature is a note signature of the type 0x04 over the text with its time.
    const bytes = Buffer.from(body.trimEnd().split(' ')[2] ?? '', 'base64');
    const time = bytes.readBigUInt64BE(4);
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text(note)}`);
    expect(wendy.key.publicKey.verifies(message, bytes.subarray(12))).toBe(true);
    expect(parseNote(note + body).signatures).toHaveLength(2);
    expect(verifyNote(parseNote(note + body), [alice.key.publicKey]).keys).toHaveLength(1);

    // Whoever has the key but not the state signs a rewritten history: the witness refuses it.
    const [forger, rewritten] = [newStore(), [1, 2, 9, 4, 5, 6]];
    await forger.sign(rewritten);
    const [forged = ''] = forger.signed();
    expect((await submit(witness, after, rewritten, forged)).status).toBe(422);
    const again = newStore();
    await again.sign([1, 2, 9, 4, 5]);
    expect(witness.addCheckpoint(addCheckpoint(5, [], again.signed()[0] ?? '')).status).toBe(409);
    const shorter = newStore();
    await shorter.sign(before);
    expect(witness.addCheckpoint(addCheckpoint(0, [], shorter.signed()[0] ?? ''))).toEqual({
      status: 409,
      body: '5\n',
    });
    expect(witness.addCheckpoint(addCheckpoint(5, [], note.replace('test/', 'prod/'))).status).toBe(404);
    expect(witness.addCheckpoint(addCheckpoint(5, [], note.replace('\n5\n', '\n6\n'))).status).toBe(403);
    expect(witness.addCheckpoint(note).status).toBe(400);
    expect(witness.sizeOf('test/acme/ledger%2F1')).toBe(5);
  });

  it('that was rolled back begins a new origin, and what was ended stays ended', async () => {
    const store = newStore();
    await store.sign(after);
    expect(await store.sign(before)).toBe('chain-truncated');
    expect(await store.sign([1, 9, 3, 4, 5])).toBe('history-not-prefix');
    expect(await store.sign([1, 9, 3, 4, 5, 6])).toBe('history-not-prefix');
    expect(await store.sign(before, { attempt: 2 })).toBe('test/acme/ledger%2F1/attempt-2 3');
    expect(await store.sign([1, 2, 3, 7])).toBe('test/acme/ledger%2F1/attempt-2 4');
    expect(await store.sign(after, { attempt: 1 })).toBe('input-changed: attempt 2 was begun: 1 is closed');
    expect(await store.sign(before)).toBe('chain-truncated');
    expect(store.signed().map((note) => text(note).split('\n').slice(0, 2).join(' '))).toEqual(
      expect.arrayContaining(['test/acme/ledger%2F1 5', 'test/acme/ledger%2F1/attempt-2 4']),
    );
  });
});

describe('nothing is signed', () => {
  it('of a stream that is gone, of all others beside one that does not fit, and of a source that is not sound', async () => {
    const store = newStore();
    const two = [...recordsOf([1, 2]), ...recordsOf([5, 6], 'ledger/2').slice(2)];
    expect(await store.sign([], {}, textOf(two))).toBe('test/acme/ledger%2F1 2, test/acme/ledger%2F2 2');
    const state = readFileSync(store.state);
    expect(await store.sign([1, 2, 3])).toBe('stream-missing');
    const grown = [...recordsOf([1, 2, 3]), ...recordsOf([5, 7], 'ledger/2').slice(2)];
    expect(await store.sign([], {}, textOf(grown))).toBe('history-not-prefix');
    expect(await store.sign([], {}, textOf(two).replace('"n":1', '"n":8'))).toBe('nothing');
    expect(await store.sign([], {}, textOf(bundles(2)))).toBe('nothing');
    // All or none: the state is as it was, to the byte.
    expect(readFileSync(store.state).equals(state)).toBe(true);
    expect(store.signed().map((note) => text(note).split('\n')[1])).toEqual(['2', '2']);
  });

  it('that a summary alone cannot show, though its size and root may be those that were signed', async () => {
    const store = newStore();
    const summary = (chain: readonly number[]): string => textOf(recordsOf(chain), {}, 'summary');
    expect(await store.sign([], {}, summary([1, 2]))).toBe('test/acme/ledger%2F1 2');
    expect(await store.sign([], {}, summary([1, 2]))).toBe('test/acme/ledger%2F1 2');
    expect(await store.sign([], {}, summary([1, 3]))).toBe('history-not-prefix');
    expect(await store.sign([], {}, summary([1, 2, 3]))).toBe('proof-unavailable');
    expect(await store.sign([1, 2, 3])).toBe('test/acme/ledger%2F1 3');
  });

  it('of another store, of one without a name, and with a state that was damaged or does not know what lies there', async () => {
    const store = newStore();
    await store.sign([1, 2]);
    const other = textOf(recordsOf([1, 2]), { subject: { system: 'other' } });
    expect(await store.sign([], {}, other)).toBe('input-changed: the state is of the origin test, not of other');
    expect(await store.sign([1, 2], { origin: 'example.com/log' })).toMatch(/^input-changed/);
    const nameless = textOf(recordsOf([1, 2]), { subject: {} });
    expect(await newStore().sign([], {}, nameless)).toMatch(/^input-changed: it names no system/);
    expect(await newStore().sign([], { origin: 'example.com/log' }, nameless)).toBe(
      'example.com/log/acme/ledger%2F1 2',
    );
    const state = readFileSync(store.state, 'utf8');
    expect(state).toContain(`{"origin":"test/acme/ledger%2F1","root":"${rootOfChain([1, 2])}","size":2}`);
    await store.sign([1, 2, 3]);
    for (const damaged of [
      '',
      '{}',
      state.slice(0, -4),
      state.replace('{', '{"more": 1,'),
      state.replace('"size":2', '"size":2,"more":1'),
      state.replace('"attempt": 1', '"attempt": 0'),
      state.replace('"version": 1', '"version": 2'),
      state.replace('evidence-checkpoint-state', 'evidence-snapshot'),
      state.replace(/( {4}\{.*\})/, '$1,\n$1'),
    ]) {
      writeFileSync(store.state, damaged);
      expect(await store.sign([1, 2, 3]), damaged).toMatch(/^(schema-violation|input-malformed|input-truncated): /);
    }
    for (const lost of [state, undefined]) {
      if (lost === undefined) rmSync(store.state);
      else writeFileSync(store.state, lost);
      expect(await store.sign([1, 2, 3])).toBe('input-changed');
      expect(await store.sign([1, 2, 4])).toBe('input-changed');
    }
    const [name = ''] = readdirSync(store.output);
    writeFileSync(join(store.output, name), 'something else\n');
    expect(await store.sign([1, 2, 3])).toBe('input-changed: there is something else than a checkpoint');
    expect(readFileSync(join(store.output, name), 'utf8')).toBe('something else\n');
  });
});

const FOLDER = 'cases/trust/equivocation';
const folder = sharedFolder(FOLDER);

describe.skipIf(folder === undefined)(
  `the checkpoints of two trees of one origin and size${skippedWithout(FOLDER)}`,
  () => {
    it('that were made of a global root are such as a witness refuses, and are not made any more', async () => {
      const notes = ['before', 'after'].map((name) => readFileSync(join(folder ?? '', `${name}.checkpoint`), 'utf8'));
      const { readPublicKey } = await import('../../src/trust/node-keys.ts');
      const key = readPublicKey(readFileSync(join(folder ?? '', '..', 'ed.key.pub'), 'utf8'), 'ed');
      const [one, other] = notes.map((note) => parseCheckpoint(verifyNote(parseNote(note), [key]).text));
      expect([one?.origin, one?.size]).toEqual([other?.origin, other?.size]);
      expect(one?.root).not.toBe(other?.root);
      const witness = new Witness(wendy.key, () => key);
      expect(witness.addCheckpoint(addCheckpoint(0, [], notes[0] ?? '')).status).toBe(200);
      expect(witness.addCheckpoint(addCheckpoint(2, [], notes[1] ?? '')).status).toBe(409);
      // Nothing of a whole or of a tenant is signed: an origin has a stream in it.
      const store = newStore();
      await store.sign([1, 2]);
      for (const note of store.signed()) expect(text(note)).toMatch(/^test\/acme\/ledger%2F1\n/);
    });
  },
);
