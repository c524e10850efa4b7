import type { EvidenceFact } from "#model";
import type { VerifyingAuthority } from "../authority.ts";
import {
  examine,
  examineRead,
  otherFor,
  readFound,
  type ExamineRequest,
  type FoundEvidence,
} from "../examine.ts";
import type { Proof } from "../facts.ts";
import { prove, type Prove } from "../prove.ts";
import type { Sealed } from "../sealed.ts";
import { codeVersion } from "./code-version.ts";
import { openProofFolder, type ProofFolder } from "./proof-folder.ts";
import { basisOf, proofKey, type ProofSubject } from "./proof-key.ts";
import { ProofThreads, type ToProve } from "./proof-threads.ts";

/** Where proofs of earlier runs are kept, and by which version of this program. */
export interface KeptProofs {
  /** Absolute; made where it is not there, for nobody else. */
  readonly folder: string;
  readonly toolVersion: string;
}

/** How much there is to examine, and what may be used for it. */
export interface ExaminerOptions {
  /** Pieces of evidence, as far as their number is known. */
  readonly expected: number;
  /** Undefined: nothing is kept, and nothing kept is believed, as in `apply` (issue 5 §3). */
  readonly kept: KeptProofs | undefined;
  /** By default those of the machine. */
  readonly cores?: number;
}

/** Examines as `examine` does, and costs less where there is much: proofs are kept, and made on all cores. */
export interface OpenExaminer extends Disposable {
  readonly examine: (found: FoundEvidence, request: ExamineRequest) => Promise<EvidenceFact>;
}

/** Opens an examiner; neither threads nor the folder are touched before there is something that takes long to prove. */
export function openExaminer({ expected, kept, cores }: ExaminerOptions): OpenExaminer {
  const threads = new ProofThreads(expected, cores);
  let store: Promise<Store | undefined> | undefined;
  async function proofsOf(work: ToProve & ProofSubject): Promise<readonly Proof[]> {
    const { folder, code } = (await (store ??= openStore(kept))) ?? { folder: undefined, code: "" };
    if (folder === undefined) return threads.prove(work);
    const key = proofKey(work, code);
    const known = await folder.read(key);
    if (known !== undefined && known.length === work.sealed.length) return known;
    const proofs = await threads.prove(work);
    await folder.write(key, proofs);
    return proofs;
  }
  return {
    async examine(found, request) {
      // Another format's verifier proves in a way of its own.
      if (otherFor(found, request) !== undefined) return examine(found, request);
      const evidence = readFound(found);
      const sealed = evidence.kind === "signed" ? evidence.sealed : [];
      const proved = new Map<string, readonly Proof[]>();
      for (const authority of request.authorities.values()) {
        const basis = basisOf(authority);
        if (proved.has(basis) || !takesLong(sealed, authority)) continue;
        const { artifact } = request;
        proved.set(basis, await proofsOf({ found, sealed, artifact, authority, basis }));
      }
      return examineRead(evidence, provedBefore(sealed, proved), request);
    },
    [Symbol.dispose]: () => threads[Symbol.dispose](),
  };
}

interface Store {
  readonly folder: ProofFolder;
  readonly code: string;
}

async function openStore(kept: KeptProofs | undefined): Promise<Store | undefined> {
  if (kept === undefined) return undefined;
  const folder = await openProofFolder(kept.folder);
  return folder && { folder, code: await codeVersion(kept.toolVersion) };
}

/** A bare signature of a key takes less time than to look up whether it was proved before. */
function takesLong(sealed: readonly Sealed[], authority: VerifyingAuthority): boolean {
  if (authority.root === undefined) return false;
  return sealed.some(({ signer, entries, timestamps }) =>
    authority.kind === "keyless"
      ? signer.kind === "certificate"
      : signer.kind === "key" && entries.length + timestamps.length > 0,
  );
}

function provedBefore(
  sealed: readonly Sealed[],
  proved: ReadonlyMap<string, readonly Proof[]>,
): Prove {
  return (one, artifact, authority) =>
    proved.get(basisOf(authority))?.[sealed.indexOf(one)] ?? prove(one, artifact, authority);
}
