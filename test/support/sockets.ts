/** What a process ends with that opens a socket to a place it may not speak to. */
export const BLOCKED = 99;

/**
 * `NODE_OPTIONS` of a process that may open sockets to these hosts of loopback and to nothing else, threads included: any
 * other ends it at once.
 */
export function onlySocketsTo(...hosts: readonly string[]): string {
  const program = `
import dns from "node:dns";
import net from "node:net";
import dgram from "node:dgram";
const allowed = new Set(${JSON.stringify(hosts)});
const connect = net.Socket.prototype.connect;
function refuse() { process.exit(${BLOCKED}); }
net.Socket.prototype.connect = function (...asked) {
  const [to] = Array.isArray(asked[0]) ? asked[0] : asked;
  if (to?.path != null || !allowed.has(to?.host + ":" + to?.port)) refuse();
  return connect.apply(this, asked);
};
dgram.Socket.prototype.send = refuse;
dns.lookup = refuse;
dns.promises.lookup = refuse;
`;
  return `--import=data:text/javascript,${encodeURIComponent(program)}`;
}
