import type { Comment } from "#scm";
import type { Environment } from "../pr/forge.ts";
import { isPersons, mayWrite } from "../pr/held-by.ts";
import {
  openWorkplace,
  readRequest,
  type OpenRequest,
  type Workplace,
} from "../pr/open-request.ts";
import { readCheckText } from "../pr/read-check.ts";
import type { ChatHost } from "./chat-host.ts";
import { readCommand, type ChatCommand, type Said } from "./command.ts";
import type { ChatComment } from "./comment-event.ts";
import { obey, type Obeyed } from "./obey.ts";
import { tellAnswer } from "./tell-answer.ts";
import { HELP, typed } from "./words.ts";

/** What `waybill chat` is asked. */
export interface ChatRequest {
  /** A clone with the base branch and its history; nothing of the pull request has to be checked out. */
  readonly root: string;
  readonly env: Environment;
  readonly asked: ChatComment;
  /** Which of several Waybills of one repository this is. */
  readonly instance: string;
  readonly now: () => Date;
  readonly host: (place: Workplace) => ChatHost;
}

/** What became of a comment. */
export type ChatAnswer =
  /** It is no command: nothing was done, and nothing said. */
  | { readonly kind: "ignored"; readonly why: string }
  | {
      readonly kind: "done" | "refused";
      /** What the comment of the pull request says of it. */
      readonly says: readonly string[];
      /** The merge that jobs which come after this one plan, as data; undefined: none do. */
      readonly plan: string | undefined;
      /** The one comment; undefined: a newer report stands there. */
      readonly url: string | undefined;
    };

/**
 * `waybill chat`: obeys one comment of a pull request, and answers in the one comment that it has (issue 6 §5). Who may
 * is asked of the forge; of the delivery nothing is believed but which comment it is about.
 */
export async function answerChat(request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer> {
  const { asked } = request;
  const place = await openWorkplace(request, signal);
  const { comments } = place.forge;
  const comment = await comments.get(asked.comment, signal);
  if (comment === undefined) return { kind: "ignored", why: "the comment was deleted" };
  const said = readCommand(comment.body);
  if (said.kind === "nothing") return { kind: "ignored", why: "it is no command" };
  if (!isPersons(comment))
    return { kind: "ignored", why: "only what a person wrote, and nobody edited, counts" };
  await comments.react(comment.id, "eyes", signal);
  try {
    const open = await readRequest(place, asked.pullRequest, signal);
    const answer = await answered(request, { place, open, comment, said }, signal);
    await comments.react(comment.id, answer.kind === "done" ? "+1" : "confused", signal);
    return answer;
  } catch (error) {
    // The person who waits learns of it where they look; why is in the log.
    if (!signal.aborted) await comments.react(comment.id, "confused", signal);
    throw error;
  }
}

interface Heard {
  readonly place: Workplace;
  readonly open: OpenRequest;
  readonly comment: Comment;
  readonly said: Exclude<Said, { readonly kind: "nothing" }>;
}

async function answered(
  request: ChatRequest,
  { place, open, comment, said }: Heard,
  signal: AbortSignal,
): Promise<Exclude<ChatAnswer, { readonly kind: "ignored" }>> {
  const host = request.host(place);
  const check = await readable(await host.lastCheck(open, signal));
  const { ok, says, plan } = await heard({ place, open, comment, said, host, check }, signal);
  const by = comment.author?.login ?? "Somebody";
  const lines = said.kind === "unknown" ? says : [`${by} asked: ${typed(said)}`, ...says];
  const url = await tellAnswer({ request, place, open, check, lines }, signal);
  return { kind: ok ? "done" : "refused", says: lines, plan, url };
}

/** What a run left behind may be anything; what is no document of ours is as good as none. */
async function readable(check: string | undefined): Promise<string | undefined> {
  return check === undefined || typeof (await readCheckText(check)) === "string"
    ? undefined
    : check;
}

interface Hearing extends Heard {
  readonly host: ChatHost;
  readonly check: string | undefined;
}

async function heard(
  { place, open, comment, said, host, check }: Hearing,
  signal: AbortSignal,
): Promise<Obeyed> {
  if (said.kind === "unknown") return { ok: false, says: [said.why, ...HELP], plan: undefined };
  if (needsWrite(said) && !(await isAllowed(place, comment, signal))) {
    const says = "That takes the right to write to this repository.";
    return { ok: false, says: [says], plan: undefined };
  }
  return obey({ command: said, open, check, host }, signal);
}

async function isAllowed(
  { forge }: Workplace,
  { author }: Comment,
  signal: AbortSignal,
): Promise<boolean> {
  return author !== undefined && (await mayWrite(forge, author, signal));
}

/** What only tells what everybody who can comment may read anyway is for everybody. */
function needsWrite({ kind }: ChatCommand): boolean {
  switch (kind) {
    case "plan":
    case "retry":
    case "hold":
    case "unhold":
      return true;
    case "help":
    case "explain":
      return false;
  }
}
