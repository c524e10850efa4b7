import { BlockList, isIPv4, isIPv6 } from "node:net";

const LOOPBACK = subnets([
  ["127.0.0.0", 8],
  ["::1", 128],
]);

/** Addresses that mean something only inside a machine or a network (RFC 6890), and IPv6 forms that wrap IPv4. */
const PRIVATE = subnets([
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
]);

function subnets(rows: readonly (readonly [address: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of rows)
    list.addSubnet(address, prefix, isIPv4(address) ? "ipv4" : "ipv6");
  return list;
}

/** Tells whether a URL's host name is this machine: localhost, 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || isIn(LOOPBACK, hostname);
}

/** Tells whether a URL's host name is a literal address that is not of the public internet. */
export function isPrivateLiteral(hostname: string): boolean {
  return isLoopback(hostname) || isIn(PRIVATE, hostname);
}

function isIn(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (isIPv4(address)) return list.check(address, "ipv4");
  return isIPv6(address) && list.check(address, "ipv6");
}
