/** The completion of zsh, by its `_arguments`. */
import type { AnyVerb } from '../options/define.ts';
import { COMMON, firstChoices, optionWords, type Verbs, type Word } from './words.ts';

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In a specification of `_arguments` these have a meaning. */
function plain(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}

function specOf({ flag, metavar, choices, isRepeatable, help }: Word): string {
  const option = isRepeatable ? `*${flag}` : flag;
  if (metavar === '') return quoted(`${option}[${plain(help)}]`);
  const action = choices.length > 0 ? `(${choices.join(' ')})` : '_files';
  return quoted(`${option}=[${plain(help)}]:${plain(metavar.slice(1, -1))}:${action}`);
}

function argumentsOf(verb: AnyVerb): string {
  const first = firstChoices(verb);
  const specs = [
    ...[...optionWords(verb), ...COMMON].map(specOf),
    ...(first.length > 0 ? [quoted(`1:${Object.keys(verb.arguments)[0]}:(${first.join(' ')})`)] : []),
    quoted('*:file:_files'),
  ];
  return `_arguments -S ${specs.map((spec) => `\\\n        ${spec}`).join(' ')}`;
}

/** The script for `source <(evidence-diff completion zsh)`, or for a file `_evidence-diff` in a folder of `fpath`. */
export function zshCompletion({ compare, others }: Verbs): string {
  const described = others.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
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
