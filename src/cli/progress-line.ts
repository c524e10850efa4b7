import type { ApplyEvent } from "#model";
import { advance, NO_PROGRESS, progressLine, type Progress } from "#report";
import type { Context } from "./options.ts";

const REDRAW_MS = 100;

/** The line about a run under way: on a terminal only, redrawn in place; nothing on a pipe. */
export interface ProgressDisplay {
  show(event: ApplyEvent): void;
  /** Takes the line away, so that something else can be written; the next event draws it again. */
  clear(): void;
  /** Takes the line away for good. */
  end(): void;
}

/** Starts the line; it takes itself away at the end. */
export function startProgress({ shell, quiet }: Context): ProgressDisplay {
  const visible = shell.stderrIsTerminal && !quiet;
  let progress: Progress = NO_PROGRESS;
  let started = 0;
  let drawn = 0;
  let isShown = false;
  let isOver = false;
  function draw(now: number): void {
    drawn = now;
    isShown = true;
    const line = progressLine(progress, (now - started) / 1000, shell.columns);
    shell.err(`\r\u001b[K${line}`);
  }
  function clear(): void {
    if (isShown) shell.err("\r\u001b[K");
    isShown = false;
  }
  return {
    show(event) {
      progress = advance(progress, event);
      const now = shell.now().getTime();
      if (started === 0) started = now;
      if (visible && !isOver && now - drawn >= REDRAW_MS) draw(now);
    },
    clear,
    end() {
      isOver = true;
      clear();
    },
  };
}
