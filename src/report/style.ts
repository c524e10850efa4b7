/** The few looks that text for a terminal has; colour never says what a word does not say too. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Makes a style: with colours, or one that leaves every text as it is (`NO_COLOR`, a pipe). */
export function makeStyle(colour: boolean): Style {
  function look(open: number, close: number): (text: string) => string {
    return (text) => (colour ? `\u001b[${open}m${text}\u001b[${close}m` : text);
  }
  return {
    bold: look(1, 22),
    dim: look(2, 22),
    red: look(31, 39),
    green: look(32, 39),
    yellow: look(33, 39),
  };
}
