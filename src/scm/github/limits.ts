/** How many annotations one request to make or change a check run may carry; GitHub's description says so. */
export const ANNOTATIONS_A_REQUEST = 50;
/** Characters of a status's or a deployment's description; GitHub refuses more and its description does not say so. */
const DESCRIPTION_CHARACTERS = 140;

/** A description that GitHub takes, with what had to go marked. */
export function shortened(description: string): string {
  const characters = Array.from(description);
  if (characters.length <= DESCRIPTION_CHARACTERS) return description;
  return `${characters.slice(0, DESCRIPTION_CHARACTERS - 1).join("")}…`;
}
