import { posix } from "node:path";
import ts from "typescript";

/** What one file imports and exports, types included. */
export interface Module {
  /** Path below the project's root. */
  file: string;
  /** Paths below the root, for relative imports; else the specifier as it is written. */
  imports: readonly string[];
  /** Names that the file declares and exports; what it only passes on does not count. */
  exports: readonly string[];
  usesDeno: boolean;
}

/** Reads `code`, the text of `file`, with TypeScript's own parser. */
export function readModule(file: string, code: string): Module {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest);
  const imports = new Set<string>();
  let usesDeno = false;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.add(resolve(file, specifier));
    if (ts.isIdentifier(node) && node.text === "Deno") usesDeno = true;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { file, imports: [...imports], exports: source.statements.flatMap(exportedNames), usesDeno };
}

/** The module that `node` loads: `import … from`, `export … from`, `import()` of values and of types. */
function specifierOf(node: ts.Node): string | undefined {
  const argument = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
    ? node.moduleSpecifier
    : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    ? node.arguments[0]
    : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
    ? node.argument.literal
    : undefined;
  return argument && ts.isStringLiteralLike(argument) ? argument.text : undefined;
}

function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return posix.join(posix.dirname(file), specifier);
}

function exportedNames(statement: ts.Statement): string[] {
  const isExported = ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!isExported) return [];
  const declarations = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : [statement as ts.Statement & { name?: ts.Node }];
  return declarations.flatMap(({ name }) => name && ts.isIdentifier(name) ? [name.text] : []);
}
