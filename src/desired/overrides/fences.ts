/** One fenced block of a Markdown text. */
export interface FencedBlock {
  /** What stands behind the fence. */
  readonly info: string;
  readonly text: string;
  /** The line of the fence, 1-based. */
  readonly line: number;
  readonly isClosed: boolean;
  /** It stands in an HTML comment, where a reader does not see it. */
  readonly isHidden: boolean;
}

const OPEN = /^ {0,3}(`{3,}|~{3,})(.*)$/;

interface Open {
  readonly fence: string;
  readonly info: string;
  readonly line: number;
  readonly isHidden: boolean;
  readonly lines: string[];
}

/**
 * The fenced blocks of a Markdown text, as CommonMark §4.5 has them, at its top level only: not in quotes, lists or other
 * blocks. What stands in an HTML comment (§4.6) is told as hidden.
 */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: Open | undefined;
  let inComment = false;
  for (const [index, line] of markdown.split(/\r\n|\r|\n/).entries()) {
    if (open !== undefined) {
      if (closes(line, open.fence)) {
        blocks.push(blockOf(open, true));
        open = undefined;
      } else open.lines.push(line);
      continue;
    }
    open = openedBy(line, index + 1, inComment);
    if (open === undefined) inComment = commentAfter(line, inComment);
  }
  if (open !== undefined) blocks.push(blockOf(open, false));
  return blocks;
}

function openedBy(text: string, line: number, isHidden: boolean): Open | undefined {
  const match = OPEN.exec(text);
  const [fence = "", info = ""] = match?.slice(1) ?? [];
  if (match === null || (fence.startsWith("`") && info.includes("`"))) return undefined;
  return { fence, info: info.trim(), line, isHidden, lines: [] };
}

function closes(line: string, fence: string): boolean {
  const match = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line);
  const found = match?.[1] ?? "";
  return found.startsWith(fence.charAt(0)) && found.length >= fence.length;
}

function blockOf({ info, lines, line, isHidden }: Open, isClosed: boolean): FencedBlock {
  return { info, text: `${lines.join("\n")}\n`, line, isClosed, isHidden };
}

/** Whether a comment is open after a line. */
function commentAfter(line: string, before: boolean): boolean {
  let inComment = before;
  let at = 0;
  for (;;) {
    const next = line.indexOf(inComment ? "-->" : "<!--", at);
    if (next < 0) return inComment;
    at = next + (inComment ? 3 : 4);
    inComment = !inComment;
  }
}
