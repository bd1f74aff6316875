/** The completion of bash, from 3.2 on. */
import type { AnyVerb } from '../options/define.ts';
import { COMMON, firstChoices, optionWords, type Verbs } from './words.ts';

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
