/** The small breaks that a text of TypeScript offers: each is one that an absent-minded maintainer could make. */
import { createHash } from 'node:crypto';
import ts from 'typescript';

/** One break: the text from `start` to `end` becomes `after`. */
export interface Mutant {
  /** Told by the code itself and neither by path nor line, so that the same break is found again after a move. */
  readonly key: string;
  readonly kind: string;
  readonly file: string;
  readonly line: number;
  readonly start: number;
  /** Equal to `start` where a statement is put in. */
  readonly end: number;
  /** The range is a whole statement, and the break leaves it out. */
  readonly drop: boolean;
  readonly before: string;
  readonly after: string;
  /** The functions and names it lies in, outermost first. */
  readonly within: string;
}

const K = ts.SyntaxKind;

/** What each operator becomes. */
const TURNED: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};

type Add = (
  kind: string,
  node: ts.Node,
  after: string,
  how?: { readonly drop?: true; readonly insertAt?: number },
) => void;

function digest(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function nameOf(node: ts.Node): ts.Node | undefined {
  const named = ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isVariableDeclaration(node);
  return named ? node.name : undefined;
}

/** Names of what `node` lies in, such as `Framer.push`. */
function placeOf(node: ts.Node): string {
  const names: string[] = [];
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    const name = nameOf(at);
    if (name !== undefined) names.unshift(squeezed(name.getText()));
  }
  return names.join('.');
}

/** The smallest statement around `node`, or of a statement with a body only its head: what a move leaves as it was. */
function headAround(node: ts.Node): string {
  let at = node;
  while (!ts.isStatement(at) && !ts.isClassElement(at) && !ts.isFunctionDeclaration(at)) {
    const above = at.parent;
    if (above === undefined || ts.isSourceFile(above)) break;
    const simple = ts.isVariableStatement(above) || ts.isExpressionStatement(above) || ts.isReturnStatement(above);
    if (ts.isStatement(above) && !simple && !ts.isThrowStatement(above)) break;
    at = above;
  }
  const body = ts.isFunctionLike(at) && 'body' in at ? (at.body as ts.Node | undefined) : undefined;
  const text = at.getText();
  return squeezed(body === undefined ? text : text.slice(0, body.getStart() - at.getStart()));
}

function isName(node: ts.Node): boolean {
  const above = node.parent as ts.Node | undefined;
  return above !== undefined && 'name' in above && above.name === node;
}

function addOfBinary(node: ts.BinaryExpression, add: Add): void {
  const operator = node.operatorToken.getText();
  if (operator === '??') add('nullish', node, `(${node.right.getText()})`);
  const turned = TURNED[operator];
  if (turned === undefined) return;
  const at = node.operatorToken.getStart() - node.getStart();
  const text = node.getText();
  add('operator', node, text.slice(0, at) + turned + text.slice(at + operator.length));
}

function addOfLiteral(node: ts.Node, add: Add): void {
  if (isName(node)) return;
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) {
    const one = ts.isBigIntLiteral(node) ? '1n' : '1';
    const sign = Number.parseInt(digest(headAround(node)).slice(0, 2), 16) % 2 === 0 ? '+' : '-';
    add('number', node, `(${node.getText()} ${sign} ${one})`);
  }
  if (ts.isStringLiteral(node) && node.text !== '') add('empty', node, `''`);
  if (node.kind === K.TrueKeyword) add('boolean', node, 'false');
  if (node.kind === K.FalseKeyword) add('boolean', node, 'true');
  if (!ts.isArrayLiteralExpression(node) || node.elements.length === 0) return;
  const target = ts.isBinaryExpression(node.parent) && node.parent.left === node;
  if (!target) add('empty', node, '[]');
}

function isEffect(node: ts.ExpressionStatement): boolean {
  let { expression } = node;
  while (
    ts.isAwaitExpression(expression) ||
    ts.isParenthesizedExpression(expression) ||
    ts.isVoidExpression(expression)
  ) {
    expression = expression.expression;
  }
  if (ts.isCallExpression(expression)) return expression.expression.kind !== K.SuperKeyword;
  if (ts.isPrefixUnaryExpression(expression)) return expression.operator !== K.ExclamationToken;
  if (ts.isBinaryExpression(expression)) {
    const { kind } = expression.operatorToken;
    return kind >= K.FirstAssignment && kind <= K.LastAssignment;
  }
  return ts.isPostfixUnaryExpression(expression) || ts.isYieldExpression(expression);
}

function addOfStatement(node: ts.Node, add: Add): void {
  if (ts.isExpressionStatement(node) && isEffect(node)) add('drop', node, '', { drop: true });
  if (ts.isThrowStatement(node)) add('throw', node, '', { drop: true });
}

function addOfCall(node: ts.CallExpression, add: Add): void {
  const [first, second] = node.arguments;
  if (first === undefined || second === undefined || node.arguments.length !== 2) return;
  const callee = node.expression.getText();
  // The least of two is so in either order, and so is the greatest.
  if (callee === 'Math.min' || callee === 'Math.max') {
    add('extreme', node.expression, callee === 'Math.min' ? 'Math.max' : 'Math.min');
    return;
  }
  if (ts.isSpreadElement(first) || ts.isSpreadElement(second) || first.getText() === second.getText()) return;
  const head = node.getText().slice(0, first.getStart() - node.getStart());
  add('swap', node, `${head}${second.getText()}, ${first.getText()})`);
}

/** Functions that answer at once, with what their type lets them answer. */
function addOfFunction(node: ts.SignatureDeclaration, add: Add): void {
  const body = 'body' in node ? (node.body as ts.Node | undefined) : undefined;
  if (body === undefined || !ts.isBlock(body) || ts.isConstructorDeclaration(node) || body.statements.length === 0)
    return;
  const type = node.type === undefined ? 'void' : node.type.getText();
  const generator = 'asteriskToken' in node && node.asteriskToken !== undefined;
  const how = { insertAt: body.getStart() + 1 };
  if (generator || /^(Promise<)?(asserts .*|void)>?$/.test(type)) add('return', node, 'return;', how);
  if (/^(Promise<)?boolean>?$/.test(type) || / is /.test(type)) {
    add('return', node, 'return true;', how);
    add('return', node, 'return false;', how);
  }
  if (/\| undefined\b/.test(type) && !generator) add('return', node, 'return undefined;', how);
}

function addOf(node: ts.Node, add: Add): void {
  if (ts.isBinaryExpression(node)) addOfBinary(node, add);
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) {
    add('not', node, `(${node.operand.getText()})`);
  }
  if (ts.isConditionalExpression(node)) {
    add('branch', node, `(${node.whenTrue.getText()})`);
    add('branch', node, `(${node.whenFalse.getText()})`);
  }
  addOfLiteral(node, add);
  addOfStatement(node, add);
  if (ts.isCallExpression(node)) addOfCall(node, add);
  if (ts.isFunctionLike(node)) addOfFunction(node, add);
}

/** All mutants of one file, in the order of its text. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: Mutant[] = [];
  const seen = new Map<string, number>();
  const add: Add = (kind, node, after, { drop = false, insertAt } = {}) => {
    const start = insertAt ?? node.getStart();
    const end = insertAt ?? node.getEnd();
    const before = text.slice(start, end);
    const within = placeOf(node);
    const identity = digest(kind, within, headAround(node), squeezed(before), squeezed(after));
    const nth = seen.get(identity) ?? 0;
    seen.set(identity, nth + 1);
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ key: digest(identity, nth).slice(0, 12), kind, file, line, start, end, drop, before, after, within });
  };
  (function visit(node: ts.Node): void {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node)) return;
    addOf(node, add);
    ts.forEachChild(node, visit);
  })(source);
  return found;
}
