import type { Command } from "@commander-js/extra-typings";
import type { ExpectedSigner } from "#app";
import { bundleDocument, bundleText } from "#report";
import { UsageError } from "../options.ts";
import type { Run } from "../work.ts";
import { sayJson } from "../speak.ts";

/** `waybill verify-bundle`: the client protocol of Sigstore's conformance suite (issue 5 §3). */
export function addVerifyBundle(program: Command, run: Run): void {
  program
    .command("verify-bundle")
    .description("verify one file or digest against one Sigstore bundle, without network")
    .argument("<file-or-digest>", "the artifact; a path wins over a digest")
    .requiredOption("--bundle <file>", "the bundle, DSSE envelope or signature")
    .option("--certificate-identity <id>", "who must have signed, exactly as the certificate says")
    .option("--certificate-oidc-issuer <url>", "who must have said so")
    .option("--key <file>", "the public key that must have signed, instead of an identity")
    .option("--trusted-root <file>", "a trusted_root.json (default: Sigstore's public instance)")
    .option("--staging", "of Sigstore's staging instance; needs --trusted-root")
    .action((fileOrDigest, options, command) =>
      run(command, async (context, signal) => {
        const signer = signerOf(options);
        const { verifyBundle } = await import("#app");
        const { bundle, trustedRoot, staging } = options;
        const { folder } = context.shell;
        const { result, exitCode } = await verifyBundle(
          {
            folder,
            bundle,
            fileOrDigest,
            signer,
            trustedRoot,
            staging: staging ?? false,
            now: context.shell.now(),
          },
          signal,
        );
        if (context.format === "json") sayJson(context, bundleDocument(result));
        else context.shell.out(bundleText(result, context.out));
        return exitCode;
      }),
    );
}

function signerOf(options: {
  readonly certificateIdentity?: string | undefined;
  readonly certificateOidcIssuer?: string | undefined;
  readonly key?: string | undefined;
}): ExpectedSigner {
  const { certificateIdentity: subject, certificateOidcIssuer: issuer, key } = options;
  if (key !== undefined) {
    if (subject !== undefined || issuer !== undefined)
      throw new UsageError("--key and --certificate-identity exclude each other");
    return { kind: "key", file: key };
  }
  if (!subject || !issuer)
    throw new UsageError(
      "verify-bundle needs --certificate-identity and --certificate-oidc-issuer, or --key",
    );
  return { kind: "keyless", subject, issuer };
}
