import { inflateRawSync } from "node:zlib";

const END = 0x06_05_4b_50;
const ENTRY = 0x02_01_4b_50;
const LOCAL = 0x04_03_4b_50;
const END_BYTES = 22;
const COMMENT_BYTES = 0xff_ff;
const STORED = 0;
const DEFLATED = 8;

/**
 * One file of a ZIP archive (PKWARE APPNOTE 6.3, without ZIP64, encryption and parts); undefined where the archive has
 * none of that exact name. Nothing is written anywhere, and nothing larger than `cap` bytes comes out.
 * @throws {RangeError} where the archive is broken, the file too large, or another has its name
 */
export function readZipFile(
  archive: Uint8Array,
  file: string,
  cap: number,
): Uint8Array | undefined {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  let found: number | undefined;
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw new RangeError("no entry where one should be");
    const nameBytes = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameBytes);
    if (name === file) {
      if (found !== undefined) throw new RangeError("two files of one name");
      found = at;
    }
    at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return found === undefined ? undefined : contents(bytes, found, cap);
}

/** The end record stands last, before a comment of any length up to 64 KiB. */
function findEnd(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES);
  for (let at = bytes.length - END_BYTES; at >= first; at -= 1) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  throw new RangeError("no end of an archive");
}

/** Sizes are read from the central directory: a local header that was streamed has none. */
function contents(bytes: Buffer, entry: number, cap: number): Uint8Array {
  const method = bytes.readUInt16LE(entry + 10);
  const packed = bytes.readUInt32LE(entry + 20);
  const size = bytes.readUInt32LE(entry + 24);
  const local = bytes.readUInt32LE(entry + 42);
  if (size > cap) throw new RangeError("a file over the cap");
  if (bytes.readUInt32LE(local) !== LOCAL) throw new RangeError("no file where one should be");
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const data = bytes.subarray(start, start + packed);
  if (data.length !== packed) throw new RangeError("an archive that was cut off");
  const out = unpack(data, method, cap);
  if (out.length !== size) throw new RangeError("a file of another size than it says");
  return out;
}

function unpack(data: Buffer, method: number, cap: number): Uint8Array {
  if (method === STORED) return data;
  if (method === DEFLATED) return inflateRawSync(data, { maxOutputLength: cap });
  throw new RangeError("a way of packing that is not known");
}
