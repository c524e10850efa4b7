import type { AnySchemaObject } from "ajv/dist/2020.js";
import channels from "../../../schemas/channels.v1.json" with { type: "json" };
import owners from "../../../schemas/owners.v1.json" with { type: "json" };
import promotion from "../../../schemas/promotion.v1.json" with { type: "json" };
import registries from "../../../schemas/registries.v1.json" with { type: "json" };
import revocations from "../../../schemas/revocations.v1.json" with { type: "json" };
import sites from "../../../schemas/sites.v1.json" with { type: "json" };
import trust from "../../../schemas/trust.v1.json" with { type: "json" };

/** The file kinds of contract §2 and issue 5 §2, by the word in their `kind`. */
export type FileKind =
  | "Promotion"
  | "Sites"
  | "Channels"
  | "Registries"
  | "Trust"
  | "Revocations"
  | "Owners";

/** The published schemas: the one source of the format (issue 4 §2). */
export const SCHEMAS: Readonly<Record<FileKind, AnySchemaObject>> = {
  Promotion: promotion,
  Sites: sites,
  Channels: channels,
  Registries: registries,
  Trust: trust,
  Revocations: revocations,
  Owners: owners,
};
