/** The completion of fish. */
import type { AnyVerb } from '../options/define.ts';
import { COMMON, firstChoices, optionWords, type Verbs, type Word } from './words.ts';

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const COMMAND = 'complete -c evidence-diff';

function lineOf(condition: string, { flag, metavar, choices, help }: Word): string {
  const said = `-d ${quoted(help)}`;
  if (flag.includes('=')) return `${COMMAND} -n ${condition} -a ${quoted(flag)} ${said}`;
  const takes = metavar === '' ? '' : choices.length > 0 ? `-x -a ${quoted(choices.join(' '))} ` : '-r -F ';
  return `${COMMAND} -n ${condition} -l ${flag.slice(2)} ${takes}${said}`;
}

function linesOf(name: string, verb: AnyVerb): readonly string[] {
  const condition = quoted(`__evidence_diff_verb_is ${name === '' ? '""' : name}`);
  const first = firstChoices(verb);
  const right = quoted(`__evidence_diff_verb_is ${name}; and __evidence_diff_words_are 2`);
  return [
    ...(first.length > 0 ? [`${COMMAND} -f -n ${right} -a ${quoted(first.join(' '))}`] : []),
    ...optionWords(verb).map((word) => lineOf(condition, word)),
  ];
}

/** The script for `evidence-diff completion fish | source`, or for a file evidence-diff.fish in fish/completions. */
export function fishCompletion({ compare, others }: Verbs): string {
  const names = others.map(({ name }) => name).join(' ');
  const start = quoted('__evidence_diff_words_are 1');
  return `# fish completion of evidence-diff; made by: evidence-diff completion fish
function __evidence_diff_verb_is
    set -l words (commandline -opc)
    set -l verb ''
    if contains -- "$words[2]" help ${names}
        set verb $words[2]
    end
    test "$verb" = "$argv[1]"
end
function __evidence_diff_words_are
    test (count (commandline -opc)) -eq $argv[1]
end
complete -c evidence-diff -e
${others.map(({ name, summary }) => `${COMMAND} -n ${start} -a ${name} -d ${quoted(summary)}`).join('\n')}
${COMMAND} -n ${start} -a help -d 'help of a verb'
${COMMAND} -f -n '__evidence_diff_verb_is help; and __evidence_diff_words_are 2' -a '${names}'
${COMMON.map(({ flag, help }) => `${COMMAND} -l ${flag.slice(2)} -d ${quoted(help)}`).join('\n')}
${linesOf('', compare).join('\n')}
${others.flatMap((verb) => linesOf(verb.name, verb)).join('\n')}
`;
}
