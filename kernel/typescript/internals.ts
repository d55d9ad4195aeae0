/** What TypeScript exports without declaring it. A new version may change it: `units.test.ts` notices. */
import ts from 'typescript';

interface ProgramInternals {
  emit(
    file: ts.SourceFile,
    write: ts.WriteFileCallback | undefined,
    token: ts.CancellationToken | undefined,
    onlyDeclarations: boolean,
    transformers: ts.CustomTransformers | undefined,
    /** Writes declarations although there are errors in them. */
    forceDeclarations: boolean,
  ): ts.EmitResult;
}

interface CompilerInternals {
  nullTransformationContext: ts.TransformationContext;
  /** Makes the tables of names in `NamesIn`. */
  bindSourceFile(this: void, file: ts.SourceFile, options: ts.CompilerOptions): void;
  getTouchingPropertyName(this: void, file: ts.SourceFile, position: number): ts.Node;
  findPrecedingToken(this: void, position: number, file: ts.SourceFile): ts.Node | undefined;
  getContainerNode(this: void, node: ts.Node): ts.Declaration | undefined;
  typeToDisplayParts(this: void, checker: ts.TypeChecker, type: ts.Type, enclosing: ts.Node | undefined): ts.SymbolDisplayPart[];
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): Pick<ts.QuickInfo, 'displayParts' | 'documentation' | 'tags'>;
  };
  SignatureHelp: {
    getSignatureHelpItems(
      program: ts.Program,
      file: ts.SourceFile,
      position: number,
      reason: ts.SignatureHelpTriggerReason | undefined,
      token: ts.CancellationToken,
    ): ts.SignatureHelpItems | undefined;
  };
  Completions: { getCompletionsAtPosition(...parameters: unknown[]): ts.CompletionInfo | undefined };
}

/** The names that a node declares for what is in it. */
export interface NamesIn {
  readonly locals?: ReadonlyMap<string, ts.Symbol> | undefined;
}

/** TypeScript with what it does not declare. */
export const internals: CompilerInternals = ts as unknown as CompilerInternals;
/** A program with what TypeScript does not declare. */
export const programInternals = (program: ts.Program): ProgramInternals => program;

/** For calls that want to know whether to stop: they never have to. */
export const NEVER_CANCELLED: ts.CancellationToken = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
};
