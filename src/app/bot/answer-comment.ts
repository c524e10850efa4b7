import { answerChat } from "../chat/answer-chat.ts";
import type { ChatHost, Started } from "../chat/chat-host.ts";
import { INSTANCE } from "./check-request.ts";
import { keptCheck } from "./kept-checks.ts";
import { openWorkroom, type BotOutcome, type BotRequest } from "./workroom.ts";

/** A comment on a pull request, which may be a command. */
export interface CommentRequest extends BotRequest {
  readonly pr: number;
  readonly comment: number;
}

/** Answers `/waybill …` as the chat's workflow does; what it sets off is work of the bot's own queue (issue 6 §5). */
export async function answerComment(
  request: CommentRequest,
  signal: AbortSignal,
): Promise<BotOutcome> {
  const room = await openWorkroom(request, signal);
  if (room === undefined) return { kind: "ignored", reason: "not-installed" };
  const { pr, comment, now } = request;
  const wishes = { again: false };
  const answer = await answerChat(
    {
      root: room.clone.folder,
      env: room.access.env,
      asked: { pullRequest: pr, comment },
      instance: INSTANCE,
      now,
      host: () => hostOf(request, wishes),
    },
    signal,
  );
  return answer.kind === "ignored"
    ? { kind: "ignored", reason: "no-command" }
    : { kind: "answered", again: wishes.again };
}

function hostOf(request: CommentRequest, wishes: { again: boolean }): ChatHost {
  async function again(says: string): Promise<Started> {
    wishes.again = true;
    return { ok: true, says };
  }
  return {
    planAgain: () => again("It is planned again now."),
    judgeAgain: () => again("Both checks look again now."),
    applyAgain: async () => ({
      ok: false,
      says: "This bot applies nothing: run the workflow that applies again, or `waybill apply --on-merge`.",
    }),
    lastCheck: ({ head }) => keptCheck(request, head),
  };
}
