/** What can go wrong with the bot itself, as one closed list. */
export type BotErrorCode =
  | "in-use" // another bot has the state folder
  | "state" // the state folder cannot be used
  | "settings" // what it was started with makes no bot
  | "listen"; // the port cannot be had

/** The bot cannot run; what a person does about it stands in the message or the hint. */
export class BotError extends Error {
  override readonly name = "BotError";
  readonly code: BotErrorCode;
  readonly hint: string | undefined;
  /** What the person typed or set is to be changed. */
  readonly exitCode: 2 | 1;

  constructor(
    code: BotErrorCode,
    message: string,
    more: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.exitCode = code === "state" ? 1 : 2;
  }
}
