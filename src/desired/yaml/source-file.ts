/** A file as the app read it; the path is relative to the promotions root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The path is a symlink, and where it leads. */
  readonly symlink?: "inside" | "outside";
}
