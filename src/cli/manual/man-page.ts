/** The man page of the command, in the macros of man(7), which groff and mandoc know. */
import { VERSION } from '../../core/version.ts';
import { type AnyVerb, shownArgument, usageOf } from '../options/define.ts';
import { COMMON, optionWords, type Verbs, type Word } from './words.ts';

/** Text as text: no control line, no escape, ASCII alone, and a hyphen that can be copied into a shell. */
function text(words: string): string {
  const escaped = words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\n -~]/gu, (one) => `\\[u${one.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`);
  return escaped.replace(/^(?=[.'])/gm, '\\&');
}

function tagged(tag: string, help: string): string {
  return `.TP\n${tag}\n${text(help)}`;
}

function optionOf({ flag, metavar, help }: Word): string {
  const takes = metavar === '' ? '' : ` \\fI${text(metavar.slice(1, -1))}\\fR`;
  return tagged(`\\fB${text(flag)}\\fR${takes}`, help);
}

/** Lines that stand as they are written. */
function verbatim(lines: string): string {
  return `.nf\n${text(lines)}\n.fi`;
}

function bodyOf(verb: AnyVerb): readonly string[] {
  return [
    verbatim(`evidence-diff ${usageOf(verb)}`),
    `.PP\n${text(verb.description)}`,
    ...Object.entries(verb.arguments).map(([name, given]) =>
      tagged(`\\fI${text(shownArgument(name, given).slice(1, -1))}\\fR`, given.help),
    ),
    ...optionWords(verb).map(optionOf),
    ...(verb.notes === undefined ? [] : ['.PP', verbatim(verb.notes)]),
    '.PP\nExample:\n.PP',
    verbatim(`evidence-diff ${verb.example}`),
  ];
}

/** @returns the page as roff; the same for the same version */
export function manPage({ compare, others }: Verbs): string {
  return [
    `.TH EVIDENCE\\-DIFF 1 "" "evidence\\-diff ${text(VERSION)}" "User Commands"`,
    `.SH NAME\nevidence\\-diff \\- ${text(compare.summary)}`,
    '.SH SYNOPSIS',
    verbatim([compare, ...others].map((verb) => `evidence-diff ${usageOf(verb)}`).join('\n')),
    '.SH DESCRIPTION',
    ...bodyOf(compare),
    '.SH VERBS',
    ...others.flatMap((verb) => [`.SS ${text(verb.name)}`, `${text(verb.summary)}.\n.PP`, ...bodyOf(verb)]),
    '.SH OPTIONS OF EVERY VERB',
    ...COMMON.map(optionOf),
    '',
  ].join('\n');
}
