import {
  addressOf,
  placeKey,
  SUPPORTED_STORES,
  type Decisions,
  type DesiredState,
  type Digest,
  type Repository,
  type Want,
} from "#model";

/** What has to be known of one target repository; several places may share it. */
export interface TargetQuestion {
  readonly repository: Repository;
  /** What should be here, with where it would come from. The `wants` arrays are the desired state's own. */
  readonly parts: QuestionPart[];
  movingTags: ReadonlySet<string>;
}

/** What one artifact asks of a target. */
export interface QuestionPart {
  readonly source: Repository;
  readonly wants: readonly Want[];
  readonly leaves: readonly Want[];
  /** Moving tags for which no version qualifies: they stay, and may name what would leave. */
  readonly idleTags: readonly string[];
}

/** Turns the desired state into one question a target repository; stores of kinds that are not supported yet are not asked. */
export function questionsOf(
  desired: DesiredState,
  decisions: Decisions,
): readonly TargetQuestion[] {
  const questions = new Map<Repository, TargetQuestion>();
  for (const artifact of desired.artifacts) {
    if (!isSupported(artifact.source)) continue;
    for (const place of artifact.places) {
      if (!isSupported(place.repository)) continue;
      const question = questionAt(questions, place.repository);
      const key = placeKey(artifact.id, place.channel, place.site);
      const { wants, leaves } = place;
      const idleTags = decisions.noCandidate.get(key) ?? NO_TAGS;
      question.parts.push({ source: artifact.source, wants, leaves, idleTags });
      const moving = decisions.moving.get(key);
      if (moving) question.movingTags = question.movingTags.union(moving);
    }
  }
  return [...questions.values()];
}

const NONE: ReadonlySet<string> = new Set();
const NO_TAGS: readonly string[] = [];

function questionAt(
  questions: Map<Repository, TargetQuestion>,
  repository: Repository,
): TargetQuestion {
  const known = questions.get(repository);
  if (known) return known;
  const question: TargetQuestion = { repository, parts: [], movingTags: NONE };
  questions.set(repository, question);
  return question;
}

function isSupported(repository: Repository): boolean {
  return SUPPORTED_STORES.has(addressOf(repository).kind);
}

/** Every digest that a question's parts want, each once. */
export function wantedDigests(question: TargetQuestion): ReadonlySet<Digest> {
  const digests = new Set<Digest>();
  for (const part of question.parts) {
    for (const want of part.wants) digests.add(want.line.digest);
  }
  return digests;
}
