import type { ApplyEvent } from "#model";
import { advance, NO_PROGRESS, progressLine, type Progress } from "#report";
import type { Context } from "./options.ts";

const REDRAW_MS = 100;

/** The line about a run under way: on a terminal only, redrawn in place; nothing on a pipe. */
export interface ProgressDisplay {
  show(event: ApplyEvent): void;
  end(): void;
}

/** Starts the line; it takes itself away at the end. */
export function startProgress({ shell, quiet }: Context): ProgressDisplay {
  const visible = shell.stderrIsTerminal && !quiet;
  let progress: Progress = NO_PROGRESS;
  let started = 0;
  let drawn = 0;
  function draw(now: number): void {
    drawn = now;
    const line = progressLine(progress, (now - started) / 1000, shell.columns);
    shell.err(`\r\u001b[K${line}`);
  }
  return {
    show(event) {
      progress = advance(progress, event);
      const now = shell.now().getTime();
      if (started === 0) started = now;
      if (visible && now - drawn >= REDRAW_MS) draw(now);
    },
    end() {
      if (visible && drawn > 0) shell.err("\r\u001b[K");
    },
  };
}
