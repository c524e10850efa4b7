#!/usr/bin/env node
// Plain JavaScript that an old Node can parse. In a checkout, TypeScript runs as it is, which needs
// a recent Node: where the host's is older, the one that `npm ci` installed takes over.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** `engines.node` of package.json: from here on type stripping is stable. */
const NODE_FLOOR = [24, 15];

const source = new URL("../src/cli/main.ts", import.meta.url);
const bundle = new URL("../dist/waybill.mjs", import.meta.url);
/** Stripped and compiled sources, kept beside the packages: a command from a checkout then starts in half the time. */
const compiled = fileURLToPath(new URL("../node_modules/.cache/waybill", import.meta.url));

if (!existsSync(source)) {
  if (isRecent(process.versions.node)) await import(bundle.href);
  else fail(`waybill needs Node.js ${floor()} or newer, and this is ${process.version}`);
} else if (isRecent(process.versions.node)) {
  module.enableCompileCache(compiled);
  await import(source.href);
} else {
  runOnInstalledNode();
}

function isRecent(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1]);
}

function floor() {
  return NODE_FLOOR.join(".");
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

function runOnInstalledNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const node = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
  if (!existsSync(node)) {
    fail(
      `waybill needs Node.js ${floor()} or newer, and this is ${process.version}: ` +
        "run `npm ci` without --ignore-scripts, which brings a newer one into node_modules/node",
    );
    return;
  }
  const args = [fileURLToPath(source), ...process.argv.slice(2)];
  const env = { NODE_COMPILE_CACHE: compiled, ...process.env };
  const child = spawn(node, args, { stdio: "inherit", env });
  // This process stays, whatever it is sent, until the child has said what remains.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => forward(child, signal));
  child.on("error", (error) => fail(`${node} cannot be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

function forward(child, signal) {
  // The terminal has already told the child, and a second Ctrl-C may mean "at once" to it.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  if (signal !== "SIGINT" || !onTerminal) child.kill(signal);
}
