/** What can be done to files in a layout, whatever layout it is: to the files, and to the archive that holds them. */
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type Files,
  paxEntry,
  TAR_END,
  type TarEntry,
  tarEntry,
  tarOf,
  writeFolder,
  zipFiles,
  zipOf,
  zipParts,
} from './pack.ts';

/** Kinds of findings; any of them, where it is the layout's to say which. */
export type Kinds = readonly string[];

export interface Mutation {
  readonly what: string;
  /** Makes the input at `at`, a name that is free; gives the name of what it made. */
  readonly make: (at: string) => string;
  readonly kinds: Kinds;
  /** What its message has in it. */
  readonly names: string;
  /** How many findings one fault may have; 1 unless told. */
  readonly most?: number;
}

export interface Sample {
  readonly name: string;
  readonly files: Files;
  /** A file of evidence, which something else states the digest of. */
  readonly victim: string;
  /** The file that says what must be there. */
  readonly control: string;
  /** Where nothing more may be. */
  readonly extra: string;
  /** Kinds of a victim that was changed, and of one that is not there. */
  readonly changed: Kinds;
  readonly missing: Kinds;
  readonly extraKinds: Kinds;
  /** Kinds of a control file that is gone, and of one that is cut. */
  readonly uncontrolled: Kinds;
  readonly garbled: Kinds;
  /** Whether white space around a document is none of its content. */
  readonly spaceIsFree?: true;
  readonly own: readonly Mutation[];
}

export const MALFORMED: Kinds = ['input-malformed'];
const TRUNCATED: Kinds = ['input-truncated'];

/** `files` with others in their place; undefined takes one out. */
export function changedFiles(files: Files, change: Readonly<Record<string, Buffer | undefined>>): Files {
  const copy = new Map(files);
  for (const [path, bytes] of Object.entries(change)) {
    if (bytes === undefined) copy.delete(path);
    else copy.set(path, bytes);
  }
  return copy;
}

export function bytesOf(files: Files, path: string): Buffer {
  const bytes = files.get(path);
  if (bytes === undefined) throw new RangeError(`no ${path} in the sample`);
  return bytes;
}

/** The same length, and one bit of the middle byte another. */
export function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.length >> 1;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

const put = (path: string, bytes: Buffer): string => {
  writeFileSync(path, bytes);
  return path;
};

const tar = (what: string, kinds: Kinds, names: string, bytes: () => Buffer): Mutation => ({
  what: `tar: ${what}`,
  make: (at) => put(`${at}.tar`, bytes()),
  kinds,
  names,
});

function inFolders({ files, victim, control, extra, ...sample }: Sample): readonly Mutation[] {
  const bytes = bytesOf(files, victim);
  const folder = (what: string, kinds: Kinds, names: string, change: Record<string, Buffer | undefined>): Mutation => ({
    what,
    make: (at) => writeFolder(at, changedFiles(files, change)),
    kinds,
    names,
  });
  const linked = (what: string, without: string, links: Record<string, string>): Mutation => ({
    what,
    make: (at) => writeFolder(at, changedFiles(files, { [without]: undefined }), links),
    kinds: MALFORMED,
    names: Object.keys(links)[0] ?? '',
  });
  return [
    folder('a file too many', sample.extraKinds, extra, { [extra]: Buffer.from('more') }),
    folder('evidence that is gone', sample.missing, victim, { [victim]: undefined }),
    folder('evidence cut in half', sample.changed, victim, { [victim]: bytes.subarray(0, bytes.length >> 1) }),
    folder('evidence of the same size', sample.changed, victim, { [victim]: flipped(bytes) }),
    folder('evidence with a byte more', sample.changed, victim, {
      [victim]: Buffer.concat([bytes, Buffer.from(sample.spaceIsFree === true ? '}' : ' ')]),
    }),
    folder('evidence that is empty', sample.changed, victim, { [victim]: Buffer.alloc(0) }),
    folder('a control file that is gone', sample.uncontrolled, '', { [control]: undefined }),
    folder('a control file cut in half', sample.garbled, '', {
      [control]: bytesOf(files, control).subarray(0, (bytesOf(files, control).length >> 1) + 5),
    }),
    folder('a control file of garbage', sample.garbled, '', { [control]: Buffer.from([0xff, 0xfe, 0, 1]) }),
    linked('a link in the place of evidence', victim, { [victim]: '/etc/hostname' }),
    linked('a link beside the evidence', 'none', { [`${extra}.link`]: victim }),
    linked('a link to a folder', 'none', { 'more-of-it': '/etc' }),
    {
      what: 'a pipe',
      make: (at) => {
        writeFolder(at, files);
        execFileSync('mkfifo', [join(at, 'a-pipe')]);
        return at;
      },
      kinds: MALFORMED,
      names: 'a-pipe',
    },
    folder('a twin by case', MALFORMED, '', {
      [victim.toUpperCase() === victim ? victim.toLowerCase() : victim.toUpperCase()]: bytes,
    }),
  ];
}

function inTars({ files, victim }: Sample): readonly Mutation[] {
  const more = (what: string, entry: TarEntry, names: string): Mutation =>
    tar(what, MALFORMED, names, () => tarOf(files, [entry]));
  const whole = tarOf(files);
  const bytes = bytesOf(files, victim);
  return [
    more('a symbolic link', { name: 'a-link', type: '2', link: victim }, 'a-link'),
    more('a hard link', { name: 'hard', type: '1', link: victim }, 'hard'),
    more('a device', { name: 'dev', type: '3' }, 'dev'),
    more('a pipe', { name: 'pipe', type: '6' }, 'pipe'),
    more('a type that nobody knows', { name: 'odd', type: 'Z' }, 'odd'),
    more('a name that leads out', { name: '../escaped', content: bytes }, '../escaped'),
    more('a name that leads out within', { name: 'a/../../escaped', content: bytes }, 'escaped'),
    more('an absolute name', { name: '/etc/evidence', content: bytes }, '/etc/evidence'),
    more('a name twice', { name: victim, content: bytes }, victim),
    more('a name twice, with ./ in front', { name: `./${victim}`, content: bytes }, victim),
    more('a twin by case', { name: victim.replace(/[a-z]/, (letter) => letter.toUpperCase()), content: bytes }, 'case'),
    more('a name that is no UTF-8', { name: Buffer.from([0x61, 0xff]), content: bytes }, '\\xff'),
    more('a file that is a folder as well', { name: `${victim}/inside`, content: bytes }, victim),
    tar('twins by normal form', MALFORMED, 'normal form', () =>
      tarOf(files, [
        { name: 'd\u00e9', content: bytes },
        { name: 'de\u0301', content: bytes },
      ]),
    ),
    tar('two names of one entry', MALFORMED, 'two names', () =>
      Buffer.concat([
        paxEntry({ path: 'one' }),
        paxEntry({ path: 'two' }),
        tarEntry({ name: 'three', content: bytes }),
        whole,
      ]),
    ),
    tar('a sparse file', MALFORMED, 'sparse', () =>
      Buffer.concat([paxEntry({ 'GNU.sparse.major': '1' }), tarEntry({ name: 'sparse', content: bytes }), whole]),
    ),
    tar('cut in the middle', TRUNCATED, '.tar', () => whole.subarray(0, (whole.length >> 1) + 7)),
    tar('cut before its end', TRUNCATED, '.tar', () => whole.subarray(0, whole.length - TAR_END.length)),
    tar('cut within its end', TRUNCATED, '.tar', () => whole.subarray(0, whole.length - TAR_END.length / 2)),
    tar('data behind its end', MALFORMED, 'behind', () =>
      Buffer.concat([whole, tarEntry({ name: 'hidden', content: bytes })]),
    ),
    tar('an empty block within', MALFORMED, 'empty block', () =>
      Buffer.concat([tarEntry({ name: 'first', content: bytes }), Buffer.alloc(512), whole]),
    ),
    tar('a header whose checksum is wrong', ['input-malformed', 'schema-violation'], '.tar', () => {
      const copy = Buffer.concat([tarEntry({ name: 'first', content: bytes }), whole]);
      const at = tarEntry({ name: 'first', content: bytes }).length;
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    }),
    {
      ...tar('packed and cut', TRUNCATED, '.tgz', () => whole),
      make: (at) => put(`${at}.tgz`, gzipSync(whole).subarray(0, -20)),
    },
    {
      ...tar('packed, with more behind', MALFORMED, '.tgz', () => whole),
      make: (at) => put(`${at}.tgz`, Buffer.concat([gzipSync(whole), Buffer.from([0, 1, 2])])),
    },
  ];
}

function inZips({ files, victim }: Sample): readonly Mutation[] {
  const listed = zipFiles(files);
  const content = bytesOf(files, victim);
  const zip = (what: string, kinds: Kinds, names: string, bytes: () => Buffer): Mutation => ({
    what: `zip: ${what}`,
    make: (at) => put(`${at}.zip`, bytes()),
    kinds,
    names,
  });
  const more = (what: string, entry: Partial<(typeof listed)[number]>, names: string): Mutation =>
    zip(what, MALFORMED, names, () => zipOf([...listed, { name: 'more', content, ...entry }]));
  return [
    more('a symbolic link', { name: 'a-link', mode: 0o120777 }, 'a-link'),
    more('a name that leads out', { name: '../escaped' }, 'escaped'),
    more('an absolute name', { name: '/etc/evidence' }, 'evidence'),
    more('a backslash', { name: '..\\escaped' }, 'escaped'),
    more('a name twice', { name: victim }, victim),
    more('another name in front', { name: 'in-the-directory', localName: 'in-front-of-it-' }, 'in-the-directory'),
    more('a checksum that is wrong', { name: 'crc', crc: 7 }, 'crc'),
    more('a file that the directory does not know', { name: 'hidden', unlisted: true }, 'in no entry'),
    zip('a hidden file in front of all others', MALFORMED, 'in no entry', () =>
      zipOf([{ name: 'hidden', content, unlisted: true }, ...listed]),
    ),
    zip('a hidden file behind one whose length stands behind it', MALFORMED, 'in no entry', () =>
      zipOf([...listed.map((file) => ({ ...file, streamed: true }) as const), { name: 'h', content, unlisted: true }]),
    ),
    zip('a file within the content of another', MALFORMED, 'overlaps', () => {
      const inner = { name: 'inner', content };
      return zipOf([
        ...listed,
        { name: 'outer', content: zipParts(inner).whole, stored: true },
        { ...inner, within: true },
      ]);
    }),
    zip('something in front of it', ['input-malformed', 'unsupported-version'], '.zip', () =>
      zipOf(listed, Buffer.from('#!/bin/sh\n')),
    ),
    more('another length in front', { name: 'long', localSize: 7 }, 'long'),
    zip('cut', ['input-truncated', 'input-malformed'], '.zip', () => zipOf(listed).subarray(0, -10)),
    zip('another archive between its directory and its end', MALFORMED, 'in no entry', () =>
      Buffer.concat([zipOf(listed), zipOf(listed)]),
    ),
    zip('more behind its end', ['input-malformed', 'input-truncated'], '.zip', () =>
      Buffer.concat([zipOf(listed), Buffer.from('more')]),
    ),
  ];
}

/** What is done to an archive of any files. */
export function archiveMutations(sample: Sample): readonly Mutation[] {
  return [...inTars(sample), ...inZips(sample)];
}

/** Everything that is done to `sample`. */
export function mutationsOf(sample: Sample): readonly Mutation[] {
  return [...inFolders(sample), ...sample.own, ...inTars(sample), ...inZips(sample)];
}
