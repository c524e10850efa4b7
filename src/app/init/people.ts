import { RequestError } from "../request-error.ts";

/** `name` or `name#id`, as GitHub writes logins; an App's ends in `[bot]` and approves nothing. */
const PERSON = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:#[1-9][0-9]{0,14})?$/;

/** Reads `--admins a#1,b#2`. */
export function readPeople(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const people = text.split(",").map((name) => name.trim());
  const wrong = people.find((name) => !PERSON.test(name));
  if (wrong !== undefined)
    throw new RequestError(
      `--admins: "${wrong}" is no account.`,
      "write LOGIN#ID, such as alice#583231; the API's /users/LOGIN tells the number",
    );
  return [...new Set(people)];
}
