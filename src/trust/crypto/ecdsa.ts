import type { KeyObject } from "node:crypto";

/*
 * ECDSA over a digest. OpenSSL, as Node offers it, verifies only over the bytes themselves, and a signed file of which only
 * the digest is at hand (a store's answer, a digest on the command line) has no bytes. Only public values are computed
 * with, so the time that it takes tells nothing. Where bytes are at hand they go to OpenSSL, see `signature.ts`.
 */

interface Curve {
  readonly p: bigint;
  readonly n: bigint;
  readonly g: Point;
  /** Bytes of a coordinate. */
  readonly size: number;
}

/** Jacobian coordinates: x = X/Z², y = Y/Z³; z = 0 is the point at infinity. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const INFINITY: Point = { x: 1n, y: 1n, z: 0n };

/** FIPS 186-4, D.1.2; in all three the curve's a is −3. */
const CURVES: ReadonlyMap<string, Curve> = new Map([
  [
    "P-256",
    {
      size: 32,
      p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
      n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
      g: {
        x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
        y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
        z: 1n,
      },
    },
  ],
  [
    "P-384",
    {
      size: 48,
      p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
      n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
      g: {
        x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
        y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
        z: 1n,
      },
    },
  ],
  [
    "P-521",
    {
      size: 66,
      p: 2n ** 521n - 1n,
      n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
      g: {
        x: 0x00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
        y: 0x011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
        z: 1n,
      },
    },
  ],
]);

/** Verifies a P1363 signature (r and s, each a coordinate long) over a digest (FIPS 186-5, 6.4.2); false for all that is not one. */
export function verifyEcdsaDigest(
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { crv = "", x = "", y = "" } = key.export({ format: "jwk" });
  const curve = CURVES.get(crv);
  if (curve === undefined || signature.length !== 2 * curve.size) return false;
  const r = numberOf(signature.subarray(0, curve.size));
  const s = numberOf(signature.subarray(curve.size));
  if (r < 1n || r >= curve.n || s < 1n || s >= curve.n) return false;
  const inverse = invert(s, curve.n);
  const point = add(
    curve,
    multiply(curve, (leftmost(digest, curve.n) * inverse) % curve.n, curve.g),
    multiply(curve, (r * inverse) % curve.n, { x: coordinate(x), y: coordinate(y), z: 1n }),
  );
  if (point.z === 0n) return false;
  const z = invert(point.z, curve.p);
  return ((point.x * z * z) % curve.p) % curve.n === r;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
}

function coordinate(text: string): bigint {
  return numberOf(Buffer.from(text, "base64url"));
}

/** The leftmost bits of a digest, as many as the order has. */
function leftmost(digest: Uint8Array, order: bigint): bigint {
  const surplus = digest.length * 8 - order.toString(2).length;
  const number = numberOf(digest);
  return surplus > 0 ? number >> BigInt(surplus) : number;
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** By the extended Euclidean algorithm; the modulus is prime and the value not 0. */
function invert(value: bigint, modulus: bigint): bigint {
  let [a, b, u, v] = [modulo(value, modulus), modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b, u, v] = [b - quotient * a, a, v - quotient * u, u];
  }
  return modulo(u, modulus);
}

function multiply(curve: Curve, factor: bigint, point: Point): Point {
  let sum = INFINITY;
  for (const bit of factor.toString(2)) {
    sum = double(curve, sum);
    if (bit === "1") sum = add(curve, sum, point);
  }
  return sum;
}

function double({ p }: Curve, { x, y, z }: Point): Point {
  if (z === 0n || y === 0n) return INFINITY;
  const [yy, zz] = [(y * y) % p, (z * z) % p];
  const s = (4n * x * yy) % p;
  const m = (3n * (x - zz) * (x + zz)) % p;
  const x3 = modulo(m * m - 2n * s, p);
  return {
    x: x3,
    y: modulo(m * (s - x3) - 8n * yy * yy, p),
    z: modulo(2n * y * z, p),
  };
}

function add(curve: Curve, a: Point, b: Point): Point {
  if (a.z === 0n) return b;
  if (b.z === 0n) return a;
  const { p } = curve;
  const [azz, bzz] = [(a.z * a.z) % p, (b.z * b.z) % p];
  const [ax, bx] = [(a.x * bzz) % p, (b.x * azz) % p];
  const [ay, by] = [(a.y * bzz * b.z) % p, (b.y * azz * a.z) % p];
  const [h, r] = [modulo(bx - ax, p), modulo(by - ay, p)];
  if (h === 0n) return r === 0n ? double(curve, a) : INFINITY;
  const hh = (h * h) % p;
  const hhh = (h * hh) % p;
  const x3 = modulo(r * r - hhh - 2n * ax * hh, p);
  return { x: x3, y: modulo(r * (ax * hh - x3) - ay * hhh, p), z: modulo(h * a.z * b.z, p) };
}
