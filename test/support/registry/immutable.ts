import { errorAnswer, type Answer } from "./answer.ts";
import type { Context } from "./context.ts";
import type { Repository } from "./repository.ts";

/**
 * The refusal of a write that would move or remove an immutable tag; the first write of a tag, and
 * (but for Harbor) a write of the same digest, pass.
 */
export function refuseMove(
  context: Context,
  repository: Repository,
  write: { readonly tag: string; readonly digest: string | undefined },
): Answer | undefined {
  const rule = context.behaviour.immutable;
  const current = repository.tags.get(write.tag);
  if (rule === undefined || current === undefined || !rule.tags.test(write.tag)) {
    return undefined;
  }
  const as = rule.as ?? "harbor";
  if (as !== "harbor" && current === write.digest) {
    return undefined;
  }
  switch (as) {
    case "harbor": {
      const [, ...rest] = repository.name.split("/");
      const message = `Failed to process request due to '${rest.join("/")}:${write.tag}' configured as immutable.`;
      return errorAnswer(412, { code: "PRECONDITION", message });
    }
    case "conflict": {
      const message = `The image tag '${write.tag}' already exists and cannot be overwritten because the repository is immutable.`;
      return errorAnswer(409, { code: "TAG_INVALID", message });
    }
    case "forbidden":
      return errorAnswer(403, { code: "DENIED", message: `tag ${write.tag} is immutable` });
  }
}
