import { ForgeError } from "../forge-error.ts";

/**
 * Makes something that must not be made twice: after a failure that leaves open whether it was made, or says that it is
 * there already, what is there is looked for before the failure counts.
 */
export async function createOnce<T>(
  create: () => Promise<T>,
  find: () => Promise<T | undefined>,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof ForgeError) || !leavesOpen(error)) throw error;
    const found = await find();
    if (found === undefined) throw error;
    return found;
  }
}

/** Whether a failed write may have been done all the same, or by somebody else. */
export function leavesOpen({ code }: ForgeError): boolean {
  return (
    code === "unavailable" ||
    code === "timeout" ||
    code === "unreachable" ||
    code === "refused" ||
    code === "conflict"
  );
}
