/** The scripts that complete command lines, made of the definitions: for bash from 3.2 on, zsh and fish. */

import type { AnyVerb } from '../options/define.ts';
import { COMMON, firstChoices, optionWords, type Verbs, type Word } from './words.ts';

/** An arm of `case "$verb"`: the options of a verb, and those with a value. */
function armOf(pattern: string, verb: AnyVerb): string {
  const words = optionWords(verb);
  const flags = [...words, ...COMMON].map(({ flag }) => flag);
  const valued = words.filter(({ metavar }) => metavar !== '').map(({ flag }) => flag);
  const first = firstChoices(verb);
  return [
    `    ${pattern})`,
    `      flags='${flags.join(' ')}'`,
    ...(valued.length === 0 ? [] : [`      valued='${valued.join(' ')}'`]),
    ...(first.length === 0 ? [] : [`      first='${first.join(' ')}'`]),
    '      ;;',
  ].join('\n');
}

/** An arm of `case "$verb $option"`: what an option takes. */
function choicesOf(name: string, verb: AnyVerb): readonly string[] {
  return optionWords(verb)
    .filter(({ choices }) => choices.length > 0)
    .map(({ flag, choices }) => `      '${name} ${flag}') words='${choices.join(' ')}' ;;`);
}

/** `--progress=json` is three words for bash; what comes after `=` is none of a value. */
function formsOf(name: string, verb: AnyVerb): readonly string[] {
  return optionWords(verb)
    .filter(({ flag }) => flag.includes('='))
    .map(({ flag }) => `      '${name} ${flag.split('=')[0]}') words='${flag.split('=')[1]}' ;;`);
}

/** What is asked of a word, once verb and options are known. */
const BODY = `  if [[ $typed == '=' ]]; then typed=''; fi
  if [[ $before == '=' || \${COMP_WORDS[COMP_CWORD]} == '=' ]]; then
    option=\${COMP_WORDS[COMP_CWORD-1]}
    if [[ $option == '=' ]]; then option=\${COMP_WORDS[COMP_CWORD-2]}; fi
    joined=yes
  else
    option=$before
  fi`;

const END = `  elif ((COMP_CWORD == 2)) && [[ -n $first ]]; then
    words=$first
  elif ((COMP_CWORD == 1)); then
    words=$verbs
    # A source may stand there as well as a verb.
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$typed")
  fi
  for word in $words; do
    if [[ $word == "$typed"* ]]; then COMPREPLY+=("$word"); fi
  done
}
# Where nothing is known, names of files.
complete -o bashdefault -o default -F _evidence_diff evidence-diff`;

/** The script for \`source <(evidence-diff completion bash)\`, or for a file in bash-completion/completions. */
export function bashCompletion({ compare, others }: Verbs): string {
  const names = [...others.map(({ name }) => name), 'help'].join(' ');
  const all: readonly (readonly [string, AnyVerb])[] = [
    ['', compare],
    ...others.map((verb) => [verb.name, verb] as const),
  ];
  return `# bash completion of evidence-diff; made by: evidence-diff completion bash
_evidence_diff() {
  local typed=\${COMP_WORDS[COMP_CWORD]} before='' verb='' option='' joined='' word=''
  local flags='' valued='' first='' words='' verbs='${names}'
  COMPREPLY=()
  if ((COMP_CWORD > 0)); then before=\${COMP_WORDS[COMP_CWORD-1]}; fi
  if ((COMP_CWORD > 1)); then verb=\${COMP_WORDS[1]}; fi
  case $verb in
    help) first=$verbs ;;
${others.map((verb) => armOf(verb.name, verb)).join('\n')}
${armOf('*', compare).replace(/^( {4}\*\))/, "$1\n      verb=''")}
  esac
${BODY}
  if [[ -n $joined || " $valued " == *" $option "* ]]; then
    case "$verb $option" in
${all.flatMap(([name, verb]) => choicesOf(name, verb)).join('\n')}
${all.flatMap(([name, verb]) => formsOf(name, verb)).join('\n')}
    esac
  elif [[ $typed == -* ]]; then
    words=$flags
${END}
`;
}

/* The completion of zsh, by its `_arguments`. */

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In a specification of `_arguments` these have a meaning. */
function plain(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}

function specOf({ flag, metavar, choices, isRepeatable, help }: Word): string {
  const option = isRepeatable ? `*${flag}` : flag;
  if (metavar === '') return zshQuoted(`${option}[${plain(help)}]`);
  const action = choices.length > 0 ? `(${choices.join(' ')})` : '_files';
  return zshQuoted(`${option}=[${plain(help)}]:${plain(metavar.slice(1, -1))}:${action}`);
}

function argumentsOf(verb: AnyVerb): string {
  const first = firstChoices(verb);
  const specs = [
    ...[...optionWords(verb), ...COMMON].map(specOf),
    ...(first.length > 0 ? [zshQuoted(`1:${Object.keys(verb.arguments)[0]}:(${first.join(' ')})`)] : []),
    zshQuoted('*:file:_files'),
  ];
  return `_arguments -S ${specs.map((spec) => `\\\n        ${spec}`).join(' ')}`;
}

/** The script for `source <(evidence-diff completion zsh)`, or for a file `_evidence-diff` in a folder of `fpath`. */
export function zshCompletion({ compare, others }: Verbs): string {
  const described = others.map(({ name, summary }) => `    ${zshQuoted(`${name}:${summary}`)}`);
  const names = others.map(({ name }) => name).join(' ');
  return `#compdef evidence-diff
# zsh completion of evidence-diff; made by: evidence-diff completion zsh
_evidence_diff() {
  local -a verbs
  verbs=(
${described.join('\n')}
    'help:help of a verb'
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe verb verbs
    # A source may stand there as well as a verb.
    _files
    return
  fi
  local verb=$words[2]
  case $verb in
    help)
      _arguments '2:verb:(${names})'
      return
      ;;
    ${others.map(({ name }) => name).join('|')})
      shift words
      ((CURRENT--))
      ;;
    *) verb='' ;;
  esac
  case $verb in
${others.map((verb) => `    ${verb.name})\n      ${argumentsOf(verb)}\n      ;;`).join('\n')}
    *)
      ${argumentsOf(compare)}
      ;;
  esac
}
if [[ $funcstack[1] == _evidence-diff ]]; then
  _evidence_diff "$@"
else
  compdef _evidence_diff evidence-diff
fi
`;
}

/* The completion of fish. */

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const COMMAND = 'complete -c evidence-diff';

function lineOf(condition: string, { flag, metavar, choices, help }: Word): string {
  const said = `-d ${fishQuoted(help)}`;
  if (flag.includes('=')) return `${COMMAND} -n ${condition} -a ${fishQuoted(flag)} ${said}`;
  const takes = metavar === '' ? '' : choices.length > 0 ? `-x -a ${fishQuoted(choices.join(' '))} ` : '-r -F ';
  return `${COMMAND} -n ${condition} -l ${flag.slice(2)} ${takes}${said}`;
}

function linesOf(name: string, verb: AnyVerb): readonly string[] {
  const condition = fishQuoted(`__evidence_diff_verb_is ${name === '' ? '""' : name}`);
  const first = firstChoices(verb);
  const right = fishQuoted(`__evidence_diff_verb_is ${name}; and __evidence_diff_words_are 2`);
  return [
    ...(first.length > 0 ? [`${COMMAND} -f -n ${right} -a ${fishQuoted(first.join(' '))}`] : []),
    ...optionWords(verb).map((word) => lineOf(condition, word)),
  ];
}

/** The script for `evidence-diff completion fish | source`, or for a file evidence-diff.fish in fish/completions. */
export function fishCompletion({ compare, others }: Verbs): string {
  const names = others.map(({ name }) => name).join(' ');
  const start = fishQuoted('__evidence_diff_words_are 1');
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
${others.map(({ name, summary }) => `${COMMAND} -n ${start} -a ${name} -d ${fishQuoted(summary)}`).join('\n')}
${COMMAND} -n ${start} -a help -d 'help of a verb'
${COMMAND} -f -n '__evidence_diff_verb_is help; and __evidence_diff_words_are 2' -a '${names}'
${COMMON.map(({ flag, help }) => `${COMMAND} -l ${flag.slice(2)} -d ${fishQuoted(help)}`).join('\n')}
${linesOf('', compare).join('\n')}
${others.flatMap((verb) => linesOf(verb.name, verb)).join('\n')}
`;
}
