/** DER: a tag, a length, and the content (ITU-T X.690). */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80
      ? Buffer.from([length])
      : length < 0x100
        ? Buffer.from([0x81, length])
        : Buffer.from([0x82, length >> 8, length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), size, content]);
}

/** A SEQUENCE of parts. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** An object identifier, its content in hex. */
export function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

/** A BIT STRING of whole bytes. */
export function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), content);
}

/** GeneralizedTime, `YYYYMMDDHHMMSSZ`. */
export function time(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]|\.\d+/gu, "");
  return der(0x18, Buffer.from(text));
}

/** The content of an object identifier, from its dotted form, in hex (X.690 8.19). */
export function oidHex(dotted: string): string {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let more = arc >> 7; more > 0; more >>= 7) septets.unshift((more & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return Buffer.from(bytes).toString("hex");
}

/** Bytes as PEM. */
export function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/gu) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
