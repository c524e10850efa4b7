import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, type Environment } from "./inputs.ts";

/** What registries ask for, for as long as the step runs. */
export interface RegistryCredentials extends AsyncDisposable {
  readonly env: Environment;
}

/**
 * The environment's secret WAYBILL_REGISTRY_AUTH, the content of a docker or podman configuration file, as a file that only
 * this user reads and that goes away with the step. Where there is no such secret, what the runner has is used.
 */
export async function registryCredentials(env: Environment): Promise<RegistryCredentials> {
  const text = env["WAYBILL_REGISTRY_AUTH"]?.trim();
  if (text === undefined || text === "") return { env: {}, [Symbol.asyncDispose]: async () => {} };
  if (!isObject(text))
    throw new InputError(
      'WAYBILL_REGISTRY_AUTH is no JSON object; it is the content of a docker config file, {"auths":{…}}',
    );
  const folder = await mkdtemp(join(env["RUNNER_TEMP"] ?? tmpdir(), "waybill-auth-"));
  const file = join(folder, "auth.json");
  await writeFile(file, text, { mode: 0o600 });
  return {
    // The text itself goes to no program that is started: credential helpers, git.
    env: { WAYBILL_REGISTRY_AUTH_FILE: file, WAYBILL_REGISTRY_AUTH: undefined },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
