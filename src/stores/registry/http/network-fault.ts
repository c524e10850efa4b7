import type { StoreErrorCode, StoreErrorInit } from "../../store-error.ts";

/** What a broken connection means to a person: a code, a clause that follows "HOST ", and what to do. */
export type NetworkFault = Required<Pick<StoreErrorInit, "code">> & {
  readonly clause: string;
  readonly hint: string | undefined;
  /** `moment`: the next try may go well. `lasting`: it will not, and no other request to this host will either. */
  readonly lasts: "moment" | "lasting";
  /** Whether a connection was there: then the fault may be of this one request. */
  readonly connected: boolean;
};

const UNREACHABLE_HINT = "check the address in policies/, and that this machine may reach it";
const STALE_CLOCK = "or this machine's clock is wrong";
const AUTHORITY_HINT =
  "if it has an authority of its own, name its PEM file as caFile of the host in policies/registries.yaml";

type Row = readonly [
  codes: readonly string[],
  code: StoreErrorCode,
  clause: string,
  hint: string | undefined,
  lasts: NetworkFault["lasts"],
  connected: boolean,
];

const ROWS: readonly Row[] = [
  [
    ["ENOTFOUND"],
    "unreachable",
    "has no address: its name is not known here",
    "check the spelling, and this machine's name servers",
    "lasting",
    false,
  ],
  [
    ["EAI_AGAIN"],
    "unreachable",
    "has no address yet: the name server did not answer",
    "check this machine's name servers",
    "moment",
    false,
  ],
  [
    ["ECONNREFUSED"],
    "unreachable",
    "refused the connection: nothing listens at that address and port",
    UNREACHABLE_HINT,
    "moment",
    false,
  ],
  [
    ["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ENETDOWN", "EHOSTDOWN"],
    "unreachable",
    "cannot be reached: there is no route to it",
    UNREACHABLE_HINT,
    "moment",
    false,
  ],
  [
    ["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"],
    "timeout",
    "did not take the connection in time",
    UNREACHABLE_HINT,
    "moment",
    false,
  ],
  [
    ["UND_ERR_HEADERS_TIMEOUT"],
    "timeout",
    "took the request and did not answer in time",
    undefined,
    "moment",
    true,
  ],
  [
    ["UND_ERR_BODY_TIMEOUT"],
    "timeout",
    "stopped in the middle of its answer",
    undefined,
    "moment",
    true,
  ],
  [
    ["CERT_HAS_EXPIRED"],
    "tls",
    "has a certificate that has expired",
    `its owner must renew it, ${STALE_CLOCK}`,
    "lasting",
    false,
  ],
  [
    ["CERT_NOT_YET_VALID"],
    "tls",
    "has a certificate that is not valid yet",
    `its owner must correct it, ${STALE_CLOCK}`,
    "lasting",
    false,
  ],
  [
    ["ERR_TLS_CERT_ALTNAME_INVALID"],
    "tls",
    "has a certificate for another name",
    "use the name that the certificate carries, or give it as endpoint in policies/registries.yaml",
    "lasting",
    false,
  ],
  [
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
    "tls",
    "has a certificate that nobody here vouches for (self-signed)",
    AUTHORITY_HINT,
    "lasting",
    false,
  ],
  [
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "CERT_UNTRUSTED",
      "CERT_SIGNATURE_FAILURE",
    ],
    "tls",
    "has a certificate of an authority that is not known here",
    AUTHORITY_HINT,
    "lasting",
    false,
  ],
  [
    [
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_PACKET_LENGTH_TOO_LONG",
      "ERR_SSL_HTTP_REQUEST",
      "EPROTO",
    ],
    "tls",
    "does not speak TLS at that port",
    "if it is plain HTTP, say plainHttp: true for the host in policies/registries.yaml",
    "lasting",
    false,
  ],
  [
    ["UND_ERR_HEADERS_OVERFLOW"],
    "invalid-answer",
    "answered with headers that are larger than any registry needs",
    undefined,
    "lasting",
    true,
  ],
  [
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH"],
    "unreachable",
    "ended its answer before its end",
    undefined,
    "moment",
    true,
  ],
  [
    ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"],
    "digest-mismatch",
    "was sent fewer or more bytes than announced",
    undefined,
    "lasting",
    true,
  ],
  [
    ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "ECONNABORTED"],
    "unreachable",
    "broke the connection",
    undefined,
    "moment",
    true,
  ],
];

const BY_CODE: ReadonlyMap<string, Row> = new Map(
  ROWS.flatMap((row) => row[0].map((code) => [code, row] as const)),
);

/** Reads what Node or undici said about a connection. */
export function networkFault(error: unknown): NetworkFault {
  const code = codeOf(error);
  const row = BY_CODE.get(code);
  if (row !== undefined) return fromRow(row);
  if (code.startsWith("HPE_") || isParserError(error))
    return {
      code: "invalid-answer",
      clause: "did not answer in HTTP",
      hint: "if it speaks TLS at that port, give it an https:// endpoint in policies/registries.yaml",
      lasts: "lasting",
      connected: true,
    };
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_"))
    return {
      code: "tls",
      clause: `could not agree on TLS with us (${code})`,
      hint: AUTHORITY_HINT,
      lasts: "lasting",
      connected: false,
    };
  return {
    code: "unreachable",
    clause: `could not be asked (${code === "" ? "an unknown network error" : code})`,
    hint: UNREACHABLE_HINT,
    lasts: "moment",
    connected: true,
  };
}

function fromRow([, code, clause, hint, lasts, connected]: Row): NetworkFault {
  return { code, clause, hint, lasts, connected };
}

/** undici leaves the code of some of its parser's errors out. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

/** The code of an error, or of what caused it: undici wraps some, and a host of several addresses gives several. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; depth += 1) {
    if (
      "code" in at &&
      typeof at.code === "string" &&
      (BY_CODE.has(at.code) || !(at.cause instanceof Error))
    )
      return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return "";
}
