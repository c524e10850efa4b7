import type { Environment } from "../pr/forge.ts";
import type { Workplace } from "../pr/open-request.ts";
import type { ChatHost } from "./chat-host.ts";
import type { ChatComment } from "./comment-event.ts";

/** What `waybill chat` is asked. */
export interface ChatRequest {
  /** A clone with the base branch; nothing of the pull request has to be checked out. */
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
      readonly command: string;
      readonly by: string;
      /** What the comment of the pull request says of it. */
      readonly says: readonly string[];
    };

/** `waybill chat`: answers one comment of a pull request (issue 6 §5). */
export async function answerChat(request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer> {
  signal.throwIfAborted();
  return { kind: "ignored", why: `comment ${request.asked.comment} is not read yet` };
}
