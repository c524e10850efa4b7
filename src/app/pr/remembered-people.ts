import type { Forge } from "#scm";

type People = Forge["people"];

/** Asks about each person once in a run, however many pull requests they reviewed; what failed is asked again. */
export function rememberedPeople(people: People): People {
  const roles = new Map<string, ReturnType<People["role"]>>();
  const members = new Map<string, ReturnType<People["inTeam"]>>();
  return {
    role: (login, signal) => once(roles, login.toLowerCase(), () => people.role(login, signal)),
    inTeam: (team, login, signal) =>
      once(members, `${team} ${login}`.toLowerCase(), () => people.inTeam(team, login, signal)),
  };
}

async function once<T>(
  known: Map<string, Promise<T>>,
  key: string,
  ask: () => Promise<T>,
): Promise<T> {
  const asked = known.get(key) ?? ask();
  known.set(key, asked);
  try {
    return await asked;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}
