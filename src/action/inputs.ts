/** What a step asks of the action, as its `with:` says (action.yml). */
export interface Inputs {
  readonly command: string;
  readonly directory: string | undefined;
  readonly since: string | undefined;
  readonly channel: string | undefined;
  readonly registries: string | undefined;
  readonly token: string | undefined;
  /** Keep the pull request's comment after a plan. */
  readonly comment: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The step is written in a way that nothing can be made of: exit 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Reads the inputs from where the runner puts them, `INPUT_<NAME>`; an empty one is none. */
export function readInputs(env: Environment): Inputs {
  return {
    command: input(env, "command") ?? "plan",
    directory: input(env, "directory"),
    since: input(env, "since"),
    channel: input(env, "channel"),
    registries: input(env, "registries"),
    token: input(env, "token"),
    comment: isTrue(input(env, "comment")),
  };
}

function input(env: Environment, name: string): string | undefined {
  const text = env[`INPUT_${name.toUpperCase()}`]?.trim();
  return text === "" ? undefined : text;
}

/** As YAML 1.2 writes it, and as a person who writes YAML 1.1 does not. */
function isTrue(text: string | undefined): boolean {
  if (text === undefined || text === "false") return false;
  if (text === "true") return true;
  throw new InputError(`comment: ${text}: expected true or false`);
}
