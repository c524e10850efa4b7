import { Registry } from "./registry.ts";
import type { RegistryOptions } from "./options.ts";

/** Starts an in-memory registry on a free loopback port; close it, or hold it with `await using`. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const registry = new Registry(options);
  await registry.listen();
  return registry;
}
