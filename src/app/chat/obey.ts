import type { OpenRequest } from "../pr/open-request.ts";
import { readCheckText } from "../pr/read-check.ts";
import type { ChatHost, Started } from "./chat-host.ts";
import type { ChatCommand } from "./command.ts";
import { HELP } from "./words.ts";

/** What a command came to: what is said, and what comes after. */
export interface Obeyed {
  readonly ok: boolean;
  readonly says: readonly string[];
  readonly plan: string | undefined;
}

/** A command that somebody gave who may. */
export interface Order {
  readonly command: ChatCommand;
  readonly open: OpenRequest;
  /** The document of the newest plan. */
  readonly check: string | undefined;
  readonly host: ChatHost;
}

/** Does what a command asks for; what it means for a pull request that is merged or closed is decided here. */
export async function obey(order: Order, signal: AbortSignal): Promise<Obeyed> {
  const { command, open, host } = order;
  const { state } = open.pullRequest;
  switch (command.kind) {
    case "help":
      return { ok: true, says: HELP, plan: undefined };
    case "explain":
      return explain(command.artifact, order);
    case "plan":
      if (state === "merged")
        return refused("It is merged: /waybill retry applies what was left undone.");
      if (state === "closed") return refused("It is closed, and nothing of it will happen.");
      return started(await host.planAgain(open, await plannedBase(order), signal));
    case "retry":
      if (state !== "merged") return refused("It is not merged: /waybill plan plans it again.");
      return started(await host.applyAgain(open, signal));
    case "hold":
    case "unhold":
      return held(order, signal);
  }
}

/** The comment itself is the hold: every check and every apply reads it again (decision 0018). */
async function held({ command, open, host }: Order, signal: AbortSignal): Promise<Obeyed> {
  const { state } = open.pullRequest;
  if (state === "closed") return refused("It is closed, and nothing of it will happen.");
  const isHold = command.kind === "hold";
  if (state === "merged") {
    const says = isHold
      ? "It is held: what a run that begins after this finds undone of it stays undone."
      : "It is no longer held: /waybill retry applies what was left undone.";
    return { ok: true, says: [says], plan: undefined };
  }
  const { ok, says } = await host.judgeAgain(open, signal);
  const word = isHold
    ? "It is held, until /waybill unhold, as a comment of its own."
    : "It is no longer held.";
  return { ok, says: [word, says], plan: undefined };
}

async function plannedBase({ check }: Order): Promise<string | undefined> {
  const report = check === undefined ? undefined : await readCheckText(check);
  return typeof report === "string" ? undefined : report?.base;
}

async function explain(artifact: string, { check }: Order): Promise<Obeyed> {
  const { explainLines } = await import("#report");
  const report = check === undefined ? undefined : await readCheckText(check);
  if (report === undefined || typeof report === "string")
    return refused("This head was not planned yet: /waybill plan plans it.");
  return { ok: true, says: explainLines(report, artifact), plan: undefined };
}

function started({ ok, says, plan }: Started): Obeyed {
  return { ok, says: [says], plan };
}

function refused(says: string): Obeyed {
  return { ok: false, says: [says], plan: undefined };
}
